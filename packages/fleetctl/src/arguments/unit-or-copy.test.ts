import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUnitOrCopy } from "./unit-or-copy.ts";

const instances: readonly [argument: string, unit: string, machine: string | undefined][] = [
  ["heartbeat.service@113f16a7", "heartbeat.service", "113f16a7"],
  ["heartbeat.service@113F16A7", "heartbeat.service", "113f16a7"],
  ["web@1.service@a", "web@1.service", "a"],
  ["backup.timer@0", "backup.timer", "0"],
  ["units/heartbeat.service@113f", "heartbeat.service", "113f"],
  ["web@1", "web@1.service", undefined],
  ["web@113f16a7", "web@113f16a7.service", undefined],
  ["web@1.service", "web@1.service", undefined],
  ["a.service@1.service", "a.service@1.service", undefined],
  ["a.service@b.service", "a.service@b.service", undefined],
  ["a.service@web1", "a.service", "web1"],
  ["a.service@Web1.example.com", "a.service", "web1.example.com"],
  ["a.service@10.0.0.1", "a.service", "10.0.0.1"],
  ["a.service@fd00::1", "a.service", "fd00::1"],
];

for (const [argument, unit, machine] of instances) {
  test(`${argument} is ${unit}${machine === undefined ? "" : ` on ${machine}`}`, () => {
    assert.deepEqual(parseUnitOrCopy(argument), { unit, machine });
  });
}

test("the argument's machine takes precedence over the flag's", () => {
  assert.equal(parseUnitOrCopy("a.service@1", "2").machine, "1");
  assert.equal(parseUnitOrCopy("a.service", "2").machine, "2");
});
