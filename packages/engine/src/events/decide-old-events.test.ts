import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredEvents } from "@flotilla/registry";
import { decideOldEvents, MOST_BATCHES, MOST_EVENTS_SIZE } from "./decide-old-events.ts";

const batch = (order: number, time: number, count = 1, size = 10): StoredEvents => ({
  key: `event/m/${order}`,
  order,
  value: "x".repeat(size),
  count,
  time,
});

const LIMITS = { most: 100, forMs: 1_000 };

for (const [about, batches, deleted, code] of [
  ["none", [], 0, undefined],
  ["few and young ones", [batch(1, 9_500), batch(2, 9_900)], 0, undefined],
  ["old ones", [batch(1, 100), batch(2, 200), batch(3, 9_500)], 2, "too-old"],
  ["an old one behind a young one, as by a clock that is ahead", [batch(1, 9_500), batch(2, 100)], 0, undefined],
  ["too many events: a tenth more goes", [batch(1, 9_500, 8), batch(2, 9_500, 5), batch(3, 9_500, 90)], 2, "too-many"],
  ["a single batch with too many events", [batch(1, 9_500, 500)], 0, undefined],
  ["too large ones", [batch(1, 9_500, 1, MOST_EVENTS_SIZE), batch(2, 9_500)], 1, "too-many"],
] as const)
  test(`of the batches, ${about}`, () => {
    const decision = decideOldEvents({ batches }, LIMITS, 10_000);
    assert.deepEqual([decision?.keys.length ?? 0, decision?.reason.code], [deleted, code]);
    assert.equal(decision?.floor, deleted === 0 ? undefined : batches[deleted - 1]?.order);
  });

for (const length of [1, 10, 99, 300, 1_000])
  for (const step of [1, 7, 13, 31])
    test(`${length} batches with step ${step}: the oldest go until all limits hold, and then nothing is left to do`, () => {
      let batches = Array.from({ length }, (_, index) =>
        batch(index + 1, 8_900 + ((index * step) % 1_100), 1 + ((index * step) % 60)),
      );
      for (let rounds = 0; ; rounds += 1) {
        assert.ok(rounds < 20);
        const decision = decideOldEvents({ batches }, LIMITS, 10_000);
        if (!decision) break;
        const oldest = batches.slice(0, decision.keys.length).map(({ key }) => key);
        assert.deepEqual(decision.keys, oldest);
        batches = batches.slice(decision.keys.length);
      }
      const count = batches.reduce((sum, each) => sum + each.count, 0);
      assert.ok(count <= LIMITS.most || batches.length === 1, String(count));
      const [first] = batches;
      assert.ok(!first || first.time >= 9_000);
    });

test("batches are limited, too", () => {
  const batches = Array.from({ length: MOST_BATCHES + 1 }, (_, index) => batch(index + 1, 9_500));
  assert.equal(decideOldEvents({ batches }, { most: 1_000_000, forMs: 1_000 }, 10_000)?.keys.length, 100);
});
