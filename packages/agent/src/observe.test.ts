import assert from "node:assert/strict";
import { test } from "node:test";
import type { ManagedUnit } from "@flotilla/systemd";
import type { LaunchRecord } from "./launch-record.ts";
import { observe } from "./observe.ts";

const record: LaunchRecord = { since: 1, digest: "d", hash: "h", phase: "launched", problem: "" };
const managed: ManagedUnit = {
  name: "a.service",
  text: "-",
  loadState: "loaded",
  activeState: "inactive",
  subState: "dead",
  job: "",
  result: "success",
};

const cases: readonly (readonly [LaunchRecord["phase"], string, string, LaunchRecord["phase"]])[] = [
  ["loaded", "active", "", "loaded"],
  ["starting", "inactive", "", "starting"],
  ["starting", "inactive", "start", "starting"],
  ["starting", "failed", "", "starting"],
  ["starting", "activating", "start", "launched"],
  ["starting", "active", "", "launched"],
  ["restarting", "active", "", "restarting"],
  ["restarting", "active", "restart", "launched"],
  ["restarting", "deactivating", "restart", "launched"],
  ["restarting", "activating", "start", "launched"],
  ["launched", "inactive", "", "launched"],
];

for (const [phase, activeState, job, expected] of cases) {
  test(`observe: ${phase}, and systemd shows ${activeState}${job && ` with a ${job} job`}: ${expected}`, () => {
    assert.equal(observe({ ...record, phase }, { ...managed, activeState, job }).phase, expected);
  });
}

test("observe: a unit that runs has no failed start to report", () => {
  const failed = { ...record, problem: "it broke" };
  assert.equal(observe(failed, managed).problem, "it broke");
  assert.equal(observe(failed, { ...managed, activeState: "active" }).problem, "");
});
