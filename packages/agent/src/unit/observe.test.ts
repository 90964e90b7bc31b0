import assert from "node:assert/strict";
import { test } from "node:test";
import type { LaunchRecord } from "../launch/launch-record.ts";
import { observe } from "./observe.ts";
import { INACTIVE, LAUNCHED } from "./situation.fixture.ts";

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
    assert.equal(observe({ ...LAUNCHED, phase }, { ...INACTIVE, activeState, job }, false).phase, expected);
  });
}

test("observe: how a restart has ended is left to whoever waits for its job", () => {
  const replacing = { ...LAUNCHED, phase: "replacing" } as const;
  assert.equal(observe(replacing, { ...INACTIVE, activeState: "failed" }, true), replacing);
});

test("observe: a unit that runs has no failed start to report", () => {
  const failed = { ...LAUNCHED, problem: "it broke" };
  assert.equal(observe(failed, INACTIVE, false).problem, "it broke");
  assert.equal(observe(failed, { ...INACTIVE, activeState: "active" }, false).problem, "");
});

test("observe: that a unit has failed is kept until it runs again, whatever systemd was told to forget", () => {
  const down = { ...INACTIVE, activeState: "failed", subState: "failed", result: "exit-code" };
  const failed = observe(LAUNCHED, down, false);
  assert.equal(failed.failed, "exit-code");
  assert.equal(observe(failed, down, false), failed);
  assert.equal(observe(failed, INACTIVE, false), failed);
  assert.equal(observe(LAUNCHED, { ...down, activeState: "activating", subState: "auto-restart" }, false), LAUNCHED);
  for (const activeState of ["activating", "active"])
    assert.deepEqual(observe(failed, { ...INACTIVE, activeState }, false), LAUNCHED);
});
