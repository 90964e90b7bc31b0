import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BitSet } from "../bit-set.ts";
import { Scores } from "./scores.ts";

function membersOf(set: BitSet, capacity: number): number[] {
  return Array.from({ length: capacity }, (_, member) => member).filter((member) => set.has(member));
}

test("agrees with sorting, with few and with many scores", () => {
  const capacity = 200;
  const change = fc.record({ machine: fc.nat(capacity - 1), score: fc.integer({ min: -2, max: 3 }) });
  const check = (changes: readonly { machine: number; score: number }[], chosen: readonly number[]): void => {
    const scores = new Scores(capacity);
    const known = new Map<number, number>();
    for (const { machine, score } of changes) {
      scores.set(machine, score);
      known.set(machine, score);
    }
    const set = new BitSet(capacity);
    for (const machine of chosen) set.add(machine);
    const groups = Map.groupBy([...new Set(chosen)], (machine) => known.get(machine) ?? 0);
    const expected = [...groups].sort(([a], [b]) => a - b).map(([, members]) => members.sort((a, b) => a - b));
    assert.deepEqual(
      Array.from(scores.among(set), (part) => membersOf(part, capacity)),
      expected,
    );
  };
  const few = fc.array(change, { maxLength: 40, size: "max" });
  const many = fc.array(change, { minLength: 150, maxLength: 400, size: "max" });
  const chosen = fc.array(fc.nat(capacity - 1), { minLength: 1, maxLength: 100, size: "max" });
  for (const changes of [few, many]) fc.assert(fc.property(changes, chosen, check), { numRuns: 200 });
});
