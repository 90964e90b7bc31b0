import assert from "node:assert/strict";
import { test } from "node:test";
import type { LaunchRecord } from "./launch/launch-record.ts";
import { inLab, type Lab, SERVICE, WEB } from "./lab.fixture.ts";

const TIMER = "web.timer";
const SOCKET = "web.socket";
const TEXTS = { [TIMER]: "[Timer]\nOnActiveSec=1000\n", [SOCKET]: "[Socket]\nListenStream=/run/web\n" } as const;
const EXCLUSIVE = { exclusive: true };
const RUNS = { active: "active", launched: true, problem: "" };

/** Simulates the guard's stop of units that are up at the deadline. */
async function guardStops(lab: Lab, ...units: readonly string[]): Promise<void> {
  for (const unit of units) {
    lab.guard.stopped.add(unit);
    void lab.systemd.admin("stop", unit);
  }
  await lab.until(() => units.every((unit) => !lab.systemd.isActive(unit)));
}

for (const trigger of [TIMER, SOCKET] as const) {
  test(`${trigger} that is assigned before its service starts once the service is loaded`, () =>
    inLab(async (lab) => {
      lab.start();
      await lab.assign(trigger, TEXTS[trigger]);
      await lab.until(async () => /its triggered unit web\.service is not/.test(await problemOf(lab, trigger)));
      await lab.assign(WEB, SERVICE, { desired: "loaded" });
      await lab.untilPublished(trigger, RUNS);
    }));

  test(`${trigger} of an exclusive service is on the guard's list, and starts again with the service after the guard's stop`, () =>
    inLab(async (lab) => {
      const daemon = lab.start();
      await lab.assign(trigger, TEXTS[trigger]);
      await lab.assign(WEB, SERVICE, EXCLUSIVE);
      await lab.untilPublished(WEB, RUNS);
      await lab.untilPublished(trigger, RUNS);
      assert.deepEqual(lab.guard.units, new Set([WEB, trigger]));
      daemon.storeUp = false;
      await lab.until(() => !lab.guard.allowsStart);
      await guardStops(lab, WEB, trigger);
      daemon.storeUp = true;
      await lab.untilPublished(WEB, RUNS);
      await lab.untilPublished(trigger, RUNS);
      assert.deepEqual([lab.systemd.starts(WEB), lab.systemd.starts(trigger)], [2, 2]);
    }));

  test(`${trigger} that the guard has stopped starts again although its exclusive service leaves meanwhile`, () =>
    inLab(async (lab) => {
      const daemon = lab.start();
      await lab.assign(trigger, TEXTS[trigger]);
      await lab.assign(WEB, SERVICE, EXCLUSIVE);
      await lab.untilPublished(trigger, RUNS);
      daemon.storeUp = false;
      await lab.until(() => !lab.guard.allowsStart);
      await guardStops(lab, WEB, trigger);
      await lab.assign(WEB, SERVICE, { desired: "loaded" });
      daemon.storeUp = true;
      await lab.untilPublished(trigger, RUNS);
      assert.equal(lab.guard.units.size, 0);
    }));
}

test("a socket that the guard is stopping when its service leaves starts again after the stop", () =>
  inLab(async (lab) => {
    const daemon = lab.start();
    await lab.assign(SOCKET, TEXTS[SOCKET]);
    await lab.assign(WEB, SERVICE, EXCLUSIVE);
    await lab.untilPublished(SOCKET, RUNS);
    daemon.storeUp = false;
    await lab.until(() => !lab.guard.allowsStart);
    await guardStops(lab, WEB);
    lab.systemd.behave(SOCKET, { stopMs: 30_000 });
    lab.guard.stopped.add(SOCKET);
    void lab.systemd.admin("stop", SOCKET);
    await lab.assign(WEB, SERVICE, { desired: "loaded" });
    daemon.storeUp = true;
    await lab.until(() => lab.guard.units.size === 0);
    assert.equal(lab.systemd.units.get(SOCKET)?.activeState, "deactivating");
    await lab.untilPublished(SOCKET, RUNS);
    assert.equal(lab.systemd.starts(SOCKET), 2);
  }));

test("a unit that had ended before the guard's stop is not started again", () =>
  inLab(async (lab) => {
    const daemon = lab.start();
    await lab.assign(TIMER, TEXTS[TIMER]);
    await lab.assign(WEB, "[Service]\nType=oneshot\nExecStart=/bin/true\n", EXCLUSIVE);
    await lab.untilPublished(WEB, { active: "inactive", launched: true });
    await lab.untilPublished(TIMER, RUNS);
    daemon.storeUp = false;
    await lab.until(() => !lab.guard.allowsStart);
    await guardStops(lab, TIMER);
    daemon.storeUp = true;
    await lab.untilPublished(TIMER, RUNS);
    assert.equal(lab.systemd.starts(TIMER), 2);
    assert.equal(lab.systemd.starts(WEB), 1);
  }));

test("a trigger is on the guard's list while its service is exclusive", () =>
  inLab(async (lab) => {
    lab.start();
    await lab.assign(WEB, SERVICE);
    await lab.assign(TIMER, TEXTS[TIMER]);
    await lab.untilPublished(TIMER, RUNS);
    await lab.assign(WEB, SERVICE.replace("1000", "2000"), EXCLUSIVE);
    await lab.until(() => lab.guard.units.has(TIMER));
    await lab.assign(WEB, SERVICE);
    await lab.until(() => lab.guard.units.size === 0);
    assert.equal(lab.systemd.starts(TIMER), 1);
  }));

test("a start that the guard has blocked happens once the guard allows it", () =>
  inLab(async (lab) => {
    lab.start();
    lab.systemd.assertStarts(() => {
      lab.guard.setDeadline(0);
      lab.systemd.assertStarts(() => true);
      return false;
    });
    await lab.assign(WEB, SERVICE, EXCLUSIVE);
    await lab.untilPublished(WEB, RUNS);
  }));

test("a service that starts right after the guard blocked its socket is stopped for the socket", () =>
  inLab(async (lab) => {
    lab.start();
    await lab.assign(WEB, SERVICE, { ...EXCLUSIVE, desired: "loaded" });
    await lab.untilPublished(WEB, { load: "loaded" });
    const until = lab.guard.deadline;
    let refused = 0;
    lab.systemd.assertStarts((unit) => {
      if (unit !== SOCKET || refused > 0) return true;
      refused += 1;
      lab.guard.setDeadline(0);
      return false;
    });
    await lab.assign(SOCKET, TEXTS[SOCKET]);
    await lab.until(async () => /fleet-guard\.service keeps/.test(await problemOf(lab, SOCKET)));
    lab.guard.setDeadline(until);
    await lab.assign(WEB, SERVICE, EXCLUSIVE);
    await lab.untilPublished(WEB, RUNS);
    await lab.untilPublished(SOCKET, RUNS);
    await lab.untilPublished(WEB, RUNS);
  }));

test("a socket starts before its service, also after a reboot", () =>
  inLab(async (lab) => {
    await lab.assign(WEB, SERVICE);
    await lab.assign(SOCKET, TEXTS[SOCKET]);
    lab.start();
    await lab.untilPublished(WEB, RUNS);
    await lab.untilPublished(SOCKET, RUNS);
    lab.reboot();
    lab.start();
    await lab.untilPublished(WEB, RUNS);
    await lab.untilPublished(SOCKET, RUNS);
  }));

test("a service does not wait for a socket that cannot be installed", () =>
  inLab(async (lab) => {
    lab.systemd.addHostUnit(SOCKET);
    await lab.assign(WEB, SERVICE);
    await lab.assign(SOCKET, TEXTS[SOCKET]);
    lab.start();
    await lab.untilPublished(WEB, RUNS);
    await lab.untilPublished(SOCKET, { load: "error" });
  }));

test("a running service is stopped and started again for a new socket, once", () =>
  inLab(async (lab) => {
    const daemon = lab.start();
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, RUNS);
    await lab.assign(SOCKET, TEXTS[SOCKET]);
    await lab.untilPublished(SOCKET, RUNS);
    await lab.untilPublished(WEB, RUNS);
    assert.ok(daemon.lines.some((line) => line.includes("web.socket can start only while this unit is stopped")));
    await daemon.stop();
    lab.start();
    await lab.clock.advance(60_000);
    assert.deepEqual([lab.systemd.starts(WEB), lab.systemd.starts(SOCKET)], [2, 1]);
  }));

for (const times of [1, 9]) {
  test(`a service that an administrator starts right before its socket, ${times} times, is stopped for the socket once`, () =>
    inLab(async (lab) => {
      let wanted = 0;
      const beforePut = (unit: string, { phase }: LaunchRecord): void => {
        if (unit === SOCKET && phase === "starting" && (wanted += 1) <= times) void lab.systemd.admin("start", WEB);
      };
      lab.start({ beforePut });
      for (const unit of [WEB, SOCKET]) await lab.assign(unit, unit === WEB ? SERVICE : TEXTS[SOCKET]);
      if (times === 1) await lab.untilPublished(SOCKET, RUNS);
      await lab.clock.advance(60_000);
      await lab.untilPublished(WEB, RUNS);
      // The service is stopped for its socket only once.
      assert.deepEqual([lab.systemd.starts(WEB), lab.systemd.starts(SOCKET)], times === 1 ? [2, 1] : [2, 0]);
    }));
}

test("a service is stopped no more than once for a socket that cannot start", () =>
  inLab(async (lab) => {
    const daemon = lab.start();
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, RUNS);
    await lab.assign(SOCKET, `[Unit]\nRequires=missing.service\n${TEXTS[SOCKET]}`);
    await lab.until(() => lab.systemd.starts(WEB) === 2);
    await lab.clock.advance(60_000);
    await daemon.stop();
    lab.start();
    await lab.clock.advance(60_000);
    assert.equal(lab.systemd.starts(WEB), 2);
    await lab.untilPublished(WEB, RUNS);
  }));

test("a service is not stopped for a masked socket until the socket is unmasked", () =>
  inLab(async (lab) => {
    lab.start();
    await lab.assign(WEB, SERVICE);
    await lab.assign(SOCKET, TEXTS[SOCKET]);
    await lab.untilPublished(SOCKET, RUNS);
    await lab.untilPublished(WEB, RUNS);
    lab.systemd.behave(SOCKET, { load: "masked" });
    lab.systemd.reload();
    void lab.systemd.admin("stop", SOCKET);
    await lab.untilPublished(SOCKET, { load: "masked", launched: false });
    await lab.clock.advance(60_000);
    assert.equal(lab.systemd.starts(WEB), 1);
    lab.systemd.behave(SOCKET, {});
    lab.systemd.reload();
    await lab.untilPublished(SOCKET, RUNS);
    await lab.untilPublished(WEB, RUNS);
    assert.equal(lab.systemd.starts(WEB), 2);
  }));

test("a service is not stopped for a socket that an administrator has started", () =>
  inLab(async (lab) => {
    lab.start();
    await lab.assign(SOCKET, TEXTS[SOCKET], { desired: "loaded" });
    await lab.assign(WEB, SERVICE, { desired: "loaded" });
    await lab.untilPublished(WEB, { load: "loaded" });
    void lab.systemd.admin("start", SOCKET);
    await lab.untilPublished(SOCKET, { active: "active" });
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, RUNS);
    await lab.assign(SOCKET, TEXTS[SOCKET].replace("web", "other"));
    await lab.untilPublished(SOCKET, { launched: true });
    await lab.clock.advance(60_000);
    assert.deepEqual([lab.systemd.starts(WEB), lab.systemd.starts(SOCKET)], [1, 1]);
  }));

test("a service is not stopped for its socket while that would stop another unit for good", () =>
  inLab(async (lab) => {
    lab.start();
    await lab.assign(WEB, SERVICE);
    await lab.assign("side.service", `[Unit]\nBindsTo=${WEB}\n${SERVICE}`);
    await lab.untilPublished("side.service", RUNS);
    await lab.untilPublished(WEB, RUNS);
    await lab.assign(SOCKET, TEXTS[SOCKET]);
    await lab.until(async () => /while its triggered unit web\.service runs/.test(await problemOf(lab, SOCKET)));
    await lab.clock.advance(60_000);
    assert.equal(lab.systemd.starts(WEB), 1);
    await lab.assign("side.service", `[Unit]\nBindsTo=${WEB}\n${SERVICE}`, { desired: "loaded" });
    await lab.untilPublished(SOCKET, RUNS);
    await lab.untilPublished(WEB, RUNS);
    assert.equal(lab.systemd.starts(WEB), 2);
  }));

test("a running service that is not launched is not stopped: its socket reports that, and starts after it", () =>
  inLab(async (lab) => {
    lab.start();
    await lab.assign(WEB, SERVICE, { desired: "loaded" });
    await lab.untilPublished(WEB, { load: "loaded" });
    void lab.systemd.admin("start", WEB);
    await lab.untilPublished(WEB, { active: "active" });
    await lab.assign(SOCKET, TEXTS[SOCKET]);
    await lab.until(async () => /while its triggered unit web\.service runs/.test(await problemOf(lab, SOCKET)));
    void lab.systemd.admin("stop", WEB);
    await lab.untilPublished(SOCKET, RUNS);
    assert.equal(lab.systemd.starts(WEB), 1);
  }));

test("an automount starts before its mount, also if the mount is already active", () =>
  inLab(async (lab) => {
    const [mount, automount] = ["run-a.mount", "run-a.automount"];
    lab.start();
    await lab.assign(mount, "[Mount]\nWhat=tmpfs\nWhere=/run/a\n");
    await lab.untilPublished(mount, RUNS);
    await lab.assign(automount, "[Automount]\nWhere=/run/a\n");
    for (const unit of [mount, automount]) await lab.untilPublished(unit, RUNS);
    lab.reboot();
    lab.start();
    await lab.until(() => lab.systemd.starts(mount) === 3 && lab.systemd.starts(automount) === 2);
    for (const unit of [mount, automount]) await lab.untilPublished(unit, RUNS);
  }));

test("a socket that was refused without its service starts before the service", () =>
  inLab(async (lab) => {
    lab.start();
    await lab.assign(SOCKET, TEXTS[SOCKET]);
    await lab.until(async () => /its triggered unit web\.service is not/.test(await problemOf(lab, SOCKET)));
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, RUNS);
    await lab.untilPublished(SOCKET, RUNS);
  }));

test("a socket whose restart is refused after its stop starts once its service is loaded", () =>
  inLab(async (lab) => {
    lab.start();
    await lab.assign(WEB, SERVICE, { desired: "loaded" });
    await lab.assign(SOCKET, TEXTS[SOCKET]);
    await lab.untilPublished(SOCKET, RUNS);
    await lab.unassign(WEB);
    await lab.until(() => !lab.systemd.files.has(WEB));
    await lab.assign(SOCKET, TEXTS[SOCKET].replace("web", "other"));
    await lab.until(async () => /its triggered unit web\.service is not/.test(await problemOf(lab, SOCKET)));
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(SOCKET, RUNS);
  }));

async function problemOf(lab: Lab, unit: string): Promise<string> {
  return (await lab.published()).get(unit)?.problem ?? "";
}
