import assert from "node:assert/strict";
import { test } from "node:test";
import type { Mirror } from "@flotilla/model";
import { digestText } from "@flotilla/unit";
import { tasksFor } from "../unit/tasks-for.ts";
import { stateOf } from "../unit/unit-state.ts";
import type { LaunchRecord } from "../launch/launch-record.ts";
import { ACTIVE, ASSIGNED, FAILED, FILE, INACTIVE, LAUNCHED, UNIT } from "../unit/situation.fixture.ts";
import type { Situation } from "../unit/situation.ts";
import { stubText } from "./stub-text.ts";

const mirror = (state: Mirror["state"]): Mirror => ({ unit: UNIT, state, text: `is ${state}`, options: [] });

/** A machine on which the stub was brought into a state. */
function made(state: Mirror["state"], managed: Situation["managed"], now = state): Situation {
  const digest = digestText(stubText(mirror(state)));
  const launch: LaunchRecord = { ...LAUNCHED, since: 0, digest, hash: state, phase: "mirrored" };
  return {
    unit: UNIT,
    assignment: undefined,
    managed,
    file: { digest, hash: "" },
    launch,
    mirror: mirror(now),
    isNeeded: true,
  };
}

/** A machine on which the real unit runs. */
const REAL: Situation = {
  unit: UNIT,
  assignment: undefined,
  managed: ACTIVE,
  file: FILE,
  launch: LAUNCHED,
  isNeeded: true,
};
const NOTHING: Situation = { ...REAL, managed: undefined, file: undefined, launch: undefined };
const WRITES = "write-stub enable reload";

for (const [name, situation, expected] of [
  ["no stub yet, of a running unit", { ...NOTHING, mirror: mirror("active") }, `${WRITES} mirror:restart`],
  ["no stub yet, of a unit that starts", { ...NOTHING, mirror: mirror("starting") }, `${WRITES} mirror`],
  ["no stub yet, of a failed unit", { ...NOTHING, mirror: mirror("failed") }, `${WRITES} mirror:restart`],
  ["no stub yet, of a stopped unit", { ...NOTHING, mirror: mirror("inactive") }, `${WRITES} mirror`],
  ["a stub as it must be", made("active", ACTIVE), ""],
  ["a stub that was stopped by hand", made("active", INACTIVE), "mirror:restart"],
  ["a unit that moves keeps its stub", made("active", ACTIVE, "starting"), `${WRITES} mirror`],
  ["a unit that failed", made("active", ACTIVE, "failed"), `${WRITES} mirror:restart`],
  ["a unit that stays failed", made("failed", FAILED), ""],
  ["a unit that was stopped", made("active", ACTIVE, "inactive"), `${WRITES} mirror:stop`],
  ["a unit that left and runs elsewhere", { ...REAL, mirror: mirror("active") }, `${WRITES} mirror:restart`],
  [
    "a unit that left and is being started elsewhere",
    { ...REAL, mirror: mirror("starting") },
    `${WRITES} mirror:restart`,
  ],
  ["a unit that left, before the leader tells where it is", REAL, ""],
  ["a unit that left and that nobody needs", { ...REAL, isNeeded: false }, "stop remove"],
  ["a stub that nobody needs", { ...made("active", ACTIVE), mirror: undefined, isNeeded: false }, "stop remove"],
  [
    "the real unit comes while its stub is active",
    { ...made("active", ACTIVE), mirror: undefined, assignment: ASSIGNED },
    "write enable reload restart:alone",
  ],
  [
    "the real unit comes, and is not to be started",
    { ...made("active", ACTIVE), mirror: undefined, assignment: { ...ASSIGNED, desired: "loaded" } },
    "write enable reload load stop:alone",
  ],
  [
    "the real unit comes while its stub is down",
    { ...made("failed", FAILED), mirror: undefined, assignment: ASSIGNED },
    "write enable reload start",
  ],
] satisfies readonly (readonly [string, Situation, string])[])
  test(`tasks of ${name}`, () => {
    const told = tasksFor(situation).map((task) => {
      const how = "change" in task ? task.change : "alone" in task && task.alone ? "alone" : undefined;
      return how === undefined ? task.type : `${task.type}:${how}`;
    });
    assert.equal(told.join(" "), expected);
  });

test("a stub is not published as a copy of its unit", () => {
  assert.equal(stateOf(made("active", ACTIVE), "m1", undefined), undefined);
  assert.equal(stateOf(made("active", ACTIVE), "m1", "cannot write a file"), undefined);
});
