import assert from "node:assert/strict";
import { test } from "node:test";
import { differences } from "./differences.ts";

const unit = { name: "a.service", desiredState: "launched", file: "[Service]\n" } as const;
const backup = {
  version: 1,
  units: [unit],
  machines: [{ id: "m1", metadata: { a: "1", b: null } }],
  unreadable: [],
} as const;
const copy = { ...backup, units: [...backup.units], machines: [...backup.machines], unreadable: [] };
const empty = { version: 1 as const, units: [], machines: [], unreadable: [] };

const cases = [
  ["an empty cluster", empty, []],
  ["the same", copy, []],
  ["more", { ...copy, units: [{ ...unit, name: "b.service" }, unit] }, []],
  ["another file", { ...copy, units: [{ ...unit, file: "" }] }, ["unit a.service: another file"]],
  [
    "another desired state",
    { ...copy, units: [{ ...unit, desiredState: "loaded" as const }] },
    ["unit a.service: desired state loaded in the cluster, launched in the backup"],
  ],
  ["an unreadable unit", { ...empty, unreadable: ["a.service"] }, ["unit a.service: unreadable in the cluster"]],
  [
    "another value",
    { ...copy, machines: [{ id: "m1", metadata: { a: "2", b: "3" } }] },
    ["machine m1: another value of metadata a", "machine m1: another value of metadata b"],
  ],
  ["another key", { ...copy, machines: [{ id: "m1", metadata: { c: "2" } }] }, []],
] as const;

for (const [about, present, expected] of cases) {
  test(`differences: ${about}`, () => {
    const there = {
      ...present,
      units: [...present.units],
      machines: [...present.machines],
      unreadable: [...present.unreadable],
    };
    assert.deepEqual(differences(copy, there), expected);
  });
}
