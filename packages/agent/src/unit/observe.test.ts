import assert from "node:assert/strict";
import { test } from "node:test";
import type { LaunchRecord } from "../launch/launch-record.ts";
import { observe, type ObservationContext } from "./observe.ts";
import { INACTIVE, LAUNCHED } from "./situation.fixture.ts";

const SEEN: ObservationContext = { isAwaited: false, isMasked: () => false };

const cases: readonly (readonly [LaunchRecord["phase"], string, string, LaunchRecord["phase"]])[] = [
  ["loaded", "active", "", "loaded"],
  ["starting", "inactive", "", "starting"],
  ["starting", "inactive", "start", "starting"],
  ["starting", "failed", "", "starting"],
  ["starting", "activating", "start", "launched"],
  ["starting", "active", "", "launched"],
  ["restarting", "active", "", "restarting"],
  ["restarting", "active", "restart", "replacing"],
  ["restarting", "deactivating", "restart", "replacing"],
  ["restarting", "activating", "start", "replacing"],
  ["replacing", "active", "restart", "replacing"],
  ["replacing", "deactivating", "restart", "replacing"],
  ["replacing", "inactive", "start", "replacing"],
  ["replacing", "active", "", "launched"],
  ["replacing", "failed", "", "launched"],
  ["replacing", "inactive", "stop", "launched"],
  ["launched", "inactive", "", "launched"],
];

for (const [phase, activeState, job, expected] of cases) {
  test(`observe: ${phase}, and systemd shows ${activeState}${job && ` with a ${job} job`}: ${expected}`, () => {
    assert.equal(observe({ ...LAUNCHED, phase }, { ...INACTIVE, activeState, job }, SEEN).phase, expected);
  });
}

test("observe: the end of a restart is left to the waiter for its job", () => {
  const replacing = { ...LAUNCHED, phase: "replacing" } as const;
  assert.equal(observe(replacing, { ...INACTIVE, activeState: "failed" }, { ...SEEN, isAwaited: true }), replacing);
});

test("observe: a running unit reports no failed start", () => {
  const failed = { ...LAUNCHED, problem: "it broke" };
  assert.equal(observe(failed, INACTIVE, SEEN).problem, "it broke");
  assert.equal(observe(failed, { ...INACTIVE, activeState: "active" }, SEEN).problem, "");
});

test("observe: a failure is kept until the unit runs again, even after reset-failed", () => {
  const down = { ...INACTIVE, activeState: "failed", subState: "failed", result: "exit-code" };
  const failed = observe(LAUNCHED, down, SEEN);
  assert.equal(failed.failed, "exit-code");
  assert.equal(observe(failed, down, SEEN), failed);
  assert.equal(observe(failed, INACTIVE, SEEN), failed);
  assert.equal(observe(LAUNCHED, { ...down, activeState: "activating", subState: "auto-restart" }, SEEN), LAUNCHED);
  for (const activeState of ["activating", "active"])
    assert.deepEqual(observe(failed, { ...INACTIVE, activeState }, SEEN), LAUNCHED);
});

test("observe: an inactive unit counts as ended until it runs again", () => {
  const ended = observe(LAUNCHED, INACTIVE, SEEN);
  assert.deepEqual(ended, { ...LAUNCHED, ended: true });
  assert.equal(observe(ended, INACTIVE, SEEN), ended);
  assert.equal(observe(LAUNCHED, { ...INACTIVE, job: "start" }, SEEN), LAUNCHED);
  assert.deepEqual(observe(ended, { ...INACTIVE, activeState: "active" }, SEEN), LAUNCHED);
});

test("observe: a unit that stops while masked must start again, one that had ended before must not", () => {
  const masked = { ...INACTIVE, loadState: "masked" };
  assert.equal(observe(LAUNCHED, { ...masked, activeState: "active" }, SEEN), LAUNCHED);
  for (const down of [masked, { ...masked, activeState: "failed", subState: "failed", result: "signal" }])
    assert.deepEqual(observe(LAUNCHED, down, SEEN), { ...LAUNCHED, phase: "loaded", hash: "" });
  for (const ended of [
    { ...LAUNCHED, ended: true as const },
    { ...LAUNCHED, failed: "exit-code" },
  ])
    assert.equal(observe(ended, masked, SEEN), ended);
  // systemd may show the stop before the mask.
  assert.equal(observe(LAUNCHED, INACTIVE, { ...SEEN, isMasked: () => true }), LAUNCHED);
});
