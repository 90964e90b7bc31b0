import assert from "node:assert/strict";
import { test } from "node:test";
import { durationOf } from "./duration.ts";
import { endOf } from "./end-of-run.ts";

const RUN = {
  machineID: "m",
  invocation: "i",
  startedAt: "",
  endedAt: "x",
  result: "success",
  code: "exited",
  status: 0,
} as const;

for (const [change, text] of [
  [{}, "success"],
  [{ result: "exit-code", status: 3 }, "exit-code 3"],
  [{ result: "signal", code: "killed", status: 9 }, "signal KILL"],
  [{ result: "core-dump", code: "dumped", status: 11 }, "core-dump SEGV"],
  [{ result: "signal", code: "killed", status: 60 }, "signal 60"],
  [{ result: "timeout", code: "" }, "timeout"],
  [{ result: "lost", code: "" }, "lost"],
  [{ endedAt: undefined, result: "" }, "running"],
] as const)
  test(`a run that ended as ${JSON.stringify(change)} is shown as ${text}`, () => {
    assert.equal(endOf({ ...RUN, ...change }), text);
  });

for (const [ms, text] of [
  [-5, "0ms"],
  [340, "340ms"],
  [2_549, "2.5s"],
  [59_999, "59s"],
  [184_000, "3min 4s"],
  [180_000, "3min"],
  [7_500_000, "2h 5min"],
  [97_200_000, "1d 3h"],
] as const)
  test(`${ms} ms are shown as ${text}`, () => assert.equal(durationOf(ms), text));
