import assert from "node:assert/strict";
import { test } from "node:test";
import { skipMessage } from "./skip-message.ts";

const conditions = (...rows: readonly unknown[]) => ({ Conditions: { value: rows } });

const HERE = ["ConditionPathExists", false, false, "/here"];
const NOPE = ["ConditionPathExists", false, false, "/nope"];

const cases = [
  [
    "one is not met",
    conditions([...HERE, 1], [...NOPE, -1]),
    "skipped: its condition ConditionPathExists=/nope is not met",
  ],
  [
    "two, negated or of several",
    conditions(["ConditionHost", true, false, "a", -1], ["ConditionHost", true, true, "b", -1]),
    "skipped: its conditions are not met: ConditionHost=|a, ConditionHost=|!b",
  ],
  [
    "the unit was loaded again",
    conditions([...NOPE, 0]),
    "skipped: its condition ConditionPathExists=/nope is not met",
  ],
  [
    "the unit was loaded again and has several",
    conditions([...HERE, 0], [...NOPE, 0]),
    "skipped: one of its conditions is not met: ConditionPathExists=/here, ConditionPathExists=/nope",
  ],
  ["systemd does not report which", {}, "skipped: a condition of the unit is not met"],
] as const;

for (const [about, properties, expected] of cases)
  test(`skipMessage: ${about}`, () => assert.equal(skipMessage(properties), expected));
