import assert from "node:assert/strict";
import { test } from "node:test";
import { CHANGED, COMMENTED, inLab, SERVICE, WEB, withRunningUnit } from "./lab.fixture.ts";
import { fileInPlace } from "./unit/situation.ts";

test("agent: an assigned unit is installed, started and published", () =>
  withRunningUnit(async ({ lab }) => {
    assert.equal(lab.systemd.files.get(WEB), SERVICE);
    assert.equal(lab.systemd.starts(WEB), 1);
    assert.equal(lab.systemd.reloads, 0);
    const state = (await lab.published()).get(WEB);
    assert.deepEqual([state?.load, state?.sub, state?.problem], ["loaded", "running", ""]);
  }));

test("agent: a unit changes between loaded and launched, and each launch is one start", () =>
  inLab(async (lab) => {
    lab.start();
    await lab.assign(WEB, SERVICE, { desired: "loaded" });
    await lab.untilPublished(WEB, { load: "loaded", active: "inactive", launched: false });
    assert.equal(lab.systemd.starts(WEB), 0);
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, { active: "active", launched: true });
    await lab.assign(WEB, SERVICE, { desired: "loaded" });
    await lab.untilPublished(WEB, { active: "inactive", launched: false });
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, { active: "active", launched: true });
    assert.equal(lab.systemd.starts(WEB), 2);
  }));

test("agent: an unassigned unit is stopped, and its file, record and state are removed", () =>
  withRunningUnit(async ({ lab }) => {
    await lab.unassign(WEB);
    await lab.untilPublished(WEB, undefined);
    assert.equal(lab.systemd.files.size, 0);
    assert.ok(!lab.systemd.isActive(WEB));
    assert.equal(lab.launches.all.size, 0);
  }));

test("agent: a unit that is unassigned and assigned again is started again", () =>
  withRunningUnit(async ({ lab }) => {
    await lab.unassign(WEB);
    await lab.untilPublished(WEB, undefined);
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, { launched: true, active: "active" });
    assert.equal(lab.systemd.starts(WEB), 2);
  }));

test("agent: changed options reload and restart, a changed comment only reloads", () =>
  withRunningUnit(async ({ lab }) => {
    await lab.assign(WEB, COMMENTED);
    await lab.until(() => lab.systemd.units.get(WEB)?.loadedText === COMMENTED);
    assert.equal(lab.systemd.reloads, 1);
    const before = (await lab.published()).get(WEB)?.hash;
    await lab.assign(WEB, CHANGED);
    await lab.until(() => lab.systemd.starts(WEB) === 2 && lab.systemd.isActive(WEB));
    await lab.until(async () => (await lab.published()).get(WEB)?.hash !== before);
    assert.equal(lab.systemd.units.get(WEB)?.loadedText, CHANGED);
    assert.equal(lab.systemd.reloads, 2);
  }));

for (const [what, behaviour, outcome] of [
  ["a changed file that starts", { stopMs: 2_000, startMs: 1_000 }, { active: "active", problem: /^$/ }],
  [
    "a changed file that fails to start",
    { stopMs: 2_000, startMs: 1_000, start: "failed" },
    { active: "failed", problem: /status 1/ },
  ],
  [
    "a changed file without its required unit",
    { stopMs: 2_000, start: "dependency" },
    { active: "inactive", problem: /dependency/ },
  ],
] as const) {
  test(`agent: ${what} counts as launched after its restart, not while the old process runs`, () =>
    withRunningUnit(async ({ lab }) => {
      const watching = new AbortController();
      const states = await lab.publishing(WEB, watching.signal);
      lab.systemd.behave(WEB, behaviour);
      await lab.assign(WEB, CHANGED);
      await lab.untilPublished(WEB, { launched: true, active: outcome.active, hash: hashOf(CHANGED) });
      await lab.clock.advance(1_000);
      watching.abort();
      const launched = states.filter((state) => state.launched && state.hash === hashOf(CHANGED));
      assert.equal(launched.length, 1, JSON.stringify(states));
      assert.equal(states.at(-1), launched[0]);
      assert.match(launched[0]?.problem ?? "", outcome.problem);
      assert.ok(states.some(({ active }) => active === "deactivating"));
    }));
}

function hashOf(text: string): string {
  return fileInPlace(WEB, text)?.hash ?? "";
}

test("agent: one reload serves a batch of changed units", () =>
  inLab(async (lab) => {
    lab.start();
    const units = Array.from({ length: 20 }, (_, index) => `web@${index}.service`);
    for (const unit of units) await lab.assign(unit, SERVICE);
    await lab.until(() => units.every((unit) => lab.systemd.isActive(unit)));
    await Promise.all(units.map((unit) => lab.assign(unit, CHANGED)));
    await lab.until(() => units.every((unit) => lab.systemd.starts(unit) === 2 && lab.systemd.isActive(unit)));
    assert.equal(lab.systemd.reloads, 1);
  }));

test("agent: a unit's [Install] section is enabled", () =>
  inLab(async (lab) => {
    lab.start();
    await lab.assign(WEB, `${SERVICE}[Install]\nWantedBy=multi-user.target\n`, { desired: "loaded" });
    await lab.until(() => lab.systemd.enabled.has(WEB));
  }));

test("agent: a leaving unit keeps running, is not started again, and is removed with its assignment", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    await lab.assign(WEB, CHANGED, { leaving: true });
    await lab.assign("other.service", SERVICE, { leaving: true });
    await lab.until(() => daemon.agent.counts.assigned === 2);
    await lab.clock.advance(60_000);
    assert.equal(lab.systemd.files.get(WEB), SERVICE);
    assert.equal(lab.systemd.starts(WEB), 1);
    assert.equal(lab.systemd.files.size, 1);
    assert.equal((await lab.published()).get(WEB)?.active, "active");
    await lab.unassign(WEB);
    await lab.untilPublished(WEB, undefined);
    assert.equal(lab.systemd.files.size, 0);
  }));

test("agent: a host's own unit is never changed, and the cluster's is installed once the host's is gone", () =>
  inLab(async (lab) => {
    lab.systemd.addHostUnit(WEB);
    const daemon = lab.start();
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, { load: "error", active: "inactive", launched: false, gaveUp: true });
    assert.match((await lab.published()).get(WEB)?.problem ?? "", /host's own/);
    assert.equal(daemon.agent.counts.failing, 1);
    assert.ok(lab.systemd.isActive(WEB));
    lab.systemd.removeHostUnit(WEB);
    await lab.untilPublished(WEB, { load: "loaded", active: "active", launched: true, problem: "" });
    assert.equal(daemon.agent.counts.failing, 0);
  }));

test("agent: a name that systemd refuses is reported", () =>
  inLab(async (lab) => {
    const unit = `${"x".repeat(248)}.service`;
    lab.start();
    await lab.assign(unit, SERVICE);
    await lab.untilPublished(unit, { load: "error", launched: false });
    assert.match(
      (await lab.published()).get(unit)?.problem ?? "",
      /has 256 bytes: systemd and Linux accept at most 255;/,
    );
  }));

test("agent: a host's own unit keeps running when the cluster's is unassigned", () =>
  inLab(async (lab) => {
    lab.systemd.addHostUnit(WEB);
    lab.start();
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, { load: "error" });
    await lab.unassign(WEB);
    await lab.untilPublished(WEB, undefined);
    assert.ok(lab.systemd.isActive(WEB));
  }));

test("agent: a failed start is reported in systemd's words and not repeated", () =>
  inLab(async (lab) => {
    lab.systemd.behave(WEB, { start: "failed" });
    const daemon = lab.start();
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, { active: "failed", launched: true });
    await lab.until(async () => /status 1/.test((await lab.published()).get(WEB)?.problem ?? ""));
    await daemon.stop();
    lab.start();
    await lab.clock.advance(60_000);
    assert.equal(lab.systemd.starts(WEB), 1);
    assert.match((await lab.published()).get(WEB)?.problem ?? "", /status 1/);
  }));

test("agent: a unit that systemd refuses to start counts as a failed start", () =>
  inLab(async (lab) => {
    lab.systemd.behave(WEB, { load: "bad-setting" });
    lab.start();
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, { load: "bad-setting", launched: true });
    assert.match((await lab.published()).get(WEB)?.problem ?? "", /bad unit file setting/);
    await lab.unassign(WEB);
    await lab.untilPublished(WEB, undefined);
  }));

test("agent: a unit starts exactly once, after its missing requirement has arrived", () =>
  inLab(async (lab) => {
    const daemon = lab.start();
    await lab.assign(WEB, `[Unit]\nRequires=db.service\n${SERVICE}`);
    await lab.untilPublished(WEB, { active: "inactive", launched: false });
    await lab.until(async () => /db\.service not found/.test((await lab.published()).get(WEB)?.problem ?? ""));
    await lab.clock.advance(60_000);
    assert.equal(daemon.lines.filter((line) => line.startsWith("a unit does not match its assignment")).length, 1);
    const begun = lab.clock.monotonic();
    await lab.assign("db.service", SERVICE);
    await lab.untilPublished(WEB, { active: "active", launched: true, problem: "" });
    assert.ok(lab.clock.monotonic() - begun < 500);
    assert.equal(lab.systemd.starts(WEB), 1);
  }));

test("agent: endless starts delay neither other units nor their own stop", () =>
  inLab(async (lab) => {
    lab.start();
    const slow = Array.from({ length: 100 }, (_, index) => `pull@${index}.service`);
    for (const unit of slow) lab.systemd.behave(unit, { start: "hang" });
    await Promise.all(slow.map((unit) => lab.assign(unit, SERVICE)));
    await lab.until(() => slow.every((unit) => lab.systemd.units.get(unit)?.activeState === "activating"));
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, { active: "active" });
    await lab.untilPublished("pull@0.service", { active: "activating", launched: true });
    await lab.assign("pull@0.service", SERVICE, { desired: "loaded" });
    await lab.unassign("pull@1.service");
    await lab.untilPublished("pull@0.service", { active: "inactive", launched: false });
    await lab.untilPublished("pull@1.service", undefined);
  }));

test("agent: a timer starts once systemd knows the service that it triggers", () =>
  inLab(async (lab) => {
    lab.start();
    await lab.assign(WEB, SERVICE, { digest: "of a file that is not there yet" });
    await lab.assign("job.timer", "[Timer]\nOnCalendar=hourly\nUnit=web.service\n");
    await lab.untilPublished("job.timer", { load: "loaded", launched: false });
    await lab.clock.advance(5_000);
    assert.equal(lab.systemd.starts("job.timer"), 0);
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished("job.timer", { active: "active", launched: true });
    assert.equal(lab.systemd.starts("job.timer"), 1);
  }));

test("agent: a changed file ends the wait for the start of the old one", () =>
  inLab(async (lab) => {
    lab.start();
    lab.systemd.behave(WEB, { start: "hang" });
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, { active: "activating" });
    lab.systemd.behave(WEB, {});
    await lab.assign(WEB, CHANGED);
    await lab.untilPublished(WEB, { active: "active", launched: true });
    assert.equal(lab.systemd.units.get(WEB)?.loadedText, CHANGED);
  }));

test("agent: a new start supersedes a stop that hangs", () =>
  withRunningUnit(async ({ lab }) => {
    lab.systemd.behave(WEB, { stop: "hang" });
    await lab.assign(WEB, SERVICE, { desired: "loaded" });
    await lab.untilPublished(WEB, { active: "deactivating" });
    lab.systemd.behave(WEB, {});
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, { active: "active", launched: true });
  }));

test("agent: a file that was removed by hand is restored without a restart", () =>
  withRunningUnit(async ({ lab }) => {
    void lab.systemd.remove(WEB);
    await lab.until(() => lab.systemd.files.get(WEB) === SERVICE);
    assert.equal(lab.systemd.starts(WEB), 1);
  }));

test("agent: a unit that dies later is published as failed and left to systemd's Restart=", () =>
  withRunningUnit(async ({ lab }) => {
    lab.systemd.die(WEB);
    await lab.untilPublished(WEB, { active: "failed", launched: true });
    await lab.clock.advance(60_000);
    assert.equal(lab.systemd.starts(WEB), 1);
    assert.match((await lab.published()).get(WEB)?.problem ?? "", /exit-code/);
  }));

test("agent: an outage of systemd is logged once, and pending tasks are done afterwards", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    lab.systemd.dropBus();
    await lab.assign(WEB, CHANGED);
    await lab.assign("other.service", SERVICE);
    await lab.clock.advance(60_000);
    assert.ok(lab.systemd.isActive(WEB));
    assert.equal(daemon.lines.filter((line) => line.startsWith("cannot reach systemd;")).length, 1);
    lab.systemd.restoreBus();
    await lab.untilPublished("other.service", { active: "active" });
    await lab.until(() => lab.systemd.starts(WEB) === 2);
    assert.equal(daemon.lines.filter((line) => line.startsWith("systemd can be reached again")).length, 1);
  }));

test("agent: a start that ends during a bus outage is not repeated", () =>
  inLab(async (lab) => {
    lab.systemd.behave(WEB, { startMs: 5_000 });
    lab.start();
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, { active: "activating" });
    lab.systemd.dropBus();
    await lab.clock.advance(20_000);
    lab.systemd.restoreBus();
    await lab.untilPublished(WEB, { active: "active", launched: true, problem: "" });
    assert.equal(lab.systemd.starts(WEB), 1);
  }));

test("agent: a start reads the file once and publishes at most three times", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    daemon.calls.length = 0;
    await lab.assign("other.service", CHANGED);
    await lab.untilPublished("other.service", { active: "active", launched: true });
    await lab.clock.advance(1_000);
    const counted = Object.groupBy(daemon.calls, ({ type }) => type);
    assert.equal(counted.range?.length, 1);
    assert.ok((counted.txn?.length ?? 0) <= 3, `${counted.txn?.length} publishes`);
    assert.equal(counted.revision, undefined);
  }));

test("agent: units that share a file and are assigned together read it once", () =>
  inLab(async (lab) => {
    const daemon = lab.start();
    await lab.until(() => daemon.agent.status.joined);
    await lab.clock.advance(1_000);
    daemon.calls.length = 0;
    const units = Array.from({ length: 100 }, (_, index) => `web@${index}.service`);
    await Promise.all(units.map((unit) => lab.assign(unit, SERVICE)));
    await lab.until(() => units.every((unit) => lab.systemd.isActive(unit)));
    assert.equal(daemon.calls.filter(({ type }) => type === "range").length, 1);
  }));

test("agent: without changes, the store gets only lease renewals", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    await lab.clock.advance(1_000);
    daemon.calls.length = 0;
    await lab.clock.advance(300_000);
    assert.deepEqual(daemon.calls, []);
  }));

test("agent: a periodic pass catches a missed signal", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    lab.launches.put(WEB, { since: 0, digest: "", hash: "", phase: "loaded", restart: 0, problem: "" });
    await lab.clock.advance(20_000);
    assert.equal(lab.launches.all.get(WEB)?.phase, "launched");
    assert.equal(daemon.agent.counts.working, 0);
  }));

test("agent: a failing unit is no longer retried if it is leaving when the machine is back", () =>
  inLab(async (lab) => {
    const [daemon, timer] = [lab.start(), "[Timer]\nOnCalendar=hourly\nUnit=web.service\n"];
    // The back-off after the second try is longer than the lease.
    await lab.clock.advance(8_000);
    await lab.assign("job.timer", timer);
    const problem = async (): Promise<string | undefined> => (await lab.published()).get("job.timer")?.problem;
    await lab.until(async () => /is not a unit of the cluster/.test((await problem()) ?? ""));
    daemon.storeUp = false;
    await lab.until(async () => (await lab.machineKey()) === undefined);
    await lab.assign("job.timer", timer, { leaving: true });
    daemon.storeUp = true;
    await lab.until(async () => (await lab.machineKey()) !== undefined);
    const back = lab.clock.monotonic();
    await lab.until(async () => (await problem()) === "");
    assert.ok(lab.clock.monotonic() - back < 1_000, `${lab.clock.monotonic() - back} ms`);
  }));
