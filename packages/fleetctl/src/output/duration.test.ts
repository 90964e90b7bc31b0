import assert from "node:assert/strict";
import { test } from "node:test";
import { duration } from "./duration.ts";

for (const [ms, expected] of [
  [-5, "0s"],
  [999, "0s"],
  [1_500, "1s"],
  [61_000, "1min1s"],
  [3_600_000, "1h"],
  [8_100_000, "2h15min"],
  [90_061_000, "1d1h"],
] as const)
  test(`${ms} ms are ${expected}`, () => assert.equal(duration(ms), expected));
