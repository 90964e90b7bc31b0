import assert from "node:assert/strict";
import { test } from "node:test";
import { exitCodeOf, type Run } from "@flotilla/model";
import { inLab, type Lab, ONESHOT, SERVICE } from "../lab.fixture.ts";

const JOB = "job.service";
const LONG = { startMs: 5_000 };

async function runs(lab: Lab): Promise<readonly Run[]> {
  return (await lab.published()).get(JOB)?.runs ?? [];
}

/** Waits until the last run has this result; empty for a run that lasts. */
async function untilLast(lab: Lab, result: string, count: number): Promise<Run> {
  await lab.until(async () => {
    const all = await runs(lab);
    return all.length === count && all.at(-1)?.result === result;
  }, `run ${count} has the result "${result}"`);
  const last = (await runs(lab)).at(-1);
  assert.ok(last);
  return last;
}

test("a oneshot's run is published from its start on, and with its end", () =>
  inLab(async (lab) => {
    lab.start();
    lab.systemd.behave(JOB, LONG);
    await lab.assign(JOB, ONESHOT);
    const begun = await untilLast(lab, "", 1);
    assert.equal(begun.endedAt, 0);
    const ended = await untilLast(lab, "success", 1);
    assert.equal(ended.invocation, begun.invocation);
    assert.ok(ended.endedAt >= ended.startedAt + LONG.startMs);
    assert.equal(exitCodeOf(ended), 0);
  }));

test("a run that another starts is published, whether the unit is launched or loaded", () =>
  inLab(async (lab) => {
    lab.start();
    await lab.assign(JOB, ONESHOT, { desired: "loaded" });
    await lab.until(() => lab.systemd.files.has(JOB));
    lab.systemd.behave(JOB, { start: "failed", exitStatus: 7 });
    await lab.until(async () => (await lab.published()).get(JOB)?.load === "loaded");
    void lab.systemd.admin("start", JOB);
    assert.equal(exitCodeOf(await untilLast(lab, "exit-code", 1)), 7);
  }));

test("of many runs, the last five are published", () =>
  inLab(async (lab) => {
    lab.start();
    await lab.assign(JOB, ONESHOT);
    const first = await untilLast(lab, "success", 1);
    for (let count = 2; count <= 8; count += 1) {
      const before = (await runs(lab)).at(-1)?.invocation;
      void lab.systemd.admin("start", JOB);
      await lab.until(async () => {
        const last = (await runs(lab)).at(-1);
        return last?.result === "success" && last.invocation !== before;
      });
      await lab.clock.advance(3_000);
    }
    const left = await runs(lab);
    assert.equal(left.length, 5);
    assert.ok(!left.some(({ invocation }) => invocation === first.invocation));
  }));

test("a service that runs on has no runs; one that dies has, and one that the agent stops has not", () =>
  inLab(async (lab) => {
    lab.start();
    await lab.assign(JOB, SERVICE);
    await lab.untilPublished(JOB, { active: "active", runs: undefined });
    await lab.assign(JOB, SERVICE, { desired: "loaded" });
    await lab.untilPublished(JOB, { active: "inactive", runs: undefined });
    await lab.assign(JOB, SERVICE);
    await lab.untilPublished(JOB, { active: "active", runs: undefined });
    lab.systemd.die(JOB);
    assert.equal((await untilLast(lab, "exit-code", 1)).status, 1);
  }));

test("a daemon that starts during a run publishes the run's end", () =>
  inLab(async (lab) => {
    const first = lab.start();
    lab.systemd.behave(JOB, LONG);
    await lab.assign(JOB, ONESHOT);
    const begun = await untilLast(lab, "", 1);
    first.crash();
    lab.start();
    assert.equal((await untilLast(lab, "success", 1)).invocation, begun.invocation);
  }));

test("a run that ends well while the daemon is down is published, although systemd has forgotten it", () =>
  inLab(async (lab) => {
    const first = lab.start();
    lab.systemd.behave(JOB, LONG);
    await lab.assign(JOB, ONESHOT);
    const begun = await untilLast(lab, "", 1);
    first.crash();
    await lab.until(() => !lab.systemd.units.has(JOB));
    lab.start();
    assert.equal((await untilLast(lab, "success", 1)).invocation, begun.invocation);
  }));

test("a run that fails while the daemon is down is published with its exit status", () =>
  inLab(async (lab) => {
    const first = lab.start();
    lab.systemd.behave(JOB, { ...LONG, start: "failed", exitStatus: 9 });
    await lab.assign(JOB, ONESHOT);
    const begun = await untilLast(lab, "", 1);
    first.crash();
    await lab.until(() => lab.systemd.units.get(JOB)?.activeState === "failed");
    lab.start();
    const ended = await untilLast(lab, "exit-code", 1);
    assert.deepEqual([ended.invocation, ended.status], [begun.invocation, 9]);
  }));

test("a run that a reboot ends is lost", () =>
  inLab(async (lab) => {
    lab.start();
    lab.systemd.behave(JOB, LONG);
    await lab.assign(JOB, ONESHOT, { desired: "loaded" });
    await lab.untilPublished(JOB, { load: "loaded" });
    void lab.systemd.admin("start", JOB);
    const begun = await untilLast(lab, "", 1);
    const saved = lab.savedLease;
    lab.reboot();
    lab.savedLease = saved;
    lab.start();
    const ended = await untilLast(lab, "lost", 1);
    assert.equal(ended.invocation, begun.invocation);
    assert.equal(exitCodeOf(ended), 1);
  }));
