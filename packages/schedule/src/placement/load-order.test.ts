import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BitSet } from "./bit-set.ts";
import { LoadOrder } from "./load-order.ts";

function all(order: LoadOrder, eligible: BitSet): number[] {
  const found: number[] = [];
  const candidates = order.among(eligible);
  for (let next = candidates.next(); next !== undefined; next = candidates.next()) found.push(next);
  return found;
}

test("agrees with sorting all machines by load and number", () => {
  const machines = fc.integer({ min: 1, max: 100 });
  const history = machines.chain((count) =>
    fc.record({
      count: fc.constant(count),
      changes: fc.array(
        fc.record({ machine: fc.nat(count - 1), by: fc.constantFrom(1 as const, 1 as const, -1 as const) }),
      ),
      eligible: fc.array(fc.nat(count - 1)),
      refused: fc.array(fc.nat(count - 1)),
    }),
  );
  fc.assert(
    fc.property(history, ({ count, changes, eligible, refused }) => {
      const order = new LoadOrder(count);
      const loads = Array.from({ length: count }, () => 0);
      const set = new BitSet(count);
      for (const machine of eligible) set.add(machine);
      for (const { machine, by } of changes) {
        if ((loads[machine] ?? 0) + by < 0) continue;
        loads[machine] = (loads[machine] ?? 0) + by;
        order.change(machine, by);
        const left = [...new Set(eligible)].filter((each) => !refused.includes(each));
        const [expected] = left.sort((a, b) => (loads[a] ?? 0) - (loads[b] ?? 0) || a - b);
        assert.equal(
          all(order, set).find((each) => !refused.includes(each)),
          expected,
        );
        assert.equal(order.load(machine), loads[machine]);
      }
    }),
  );
});

test("no machines", () => {
  assert.deepEqual(all(new LoadOrder(0), BitSet.full(0)), []);
});

for (const capacity of [1, 31, 32, 33, 64, 100]) {
  test(`a full set of ${capacity} has all its members and no others`, () => {
    const set = BitSet.full(capacity);
    assert.deepEqual(
      all(new LoadOrder(capacity), set),
      Array.from({ length: capacity }, (_, index) => index),
    );
    set.delete(capacity - 1);
    assert.ok(!set.has(capacity - 1));
  });
}
