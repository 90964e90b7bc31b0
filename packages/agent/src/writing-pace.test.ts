import assert from "node:assert/strict";
import { test } from "node:test";
import { WritingPace } from "./writing-pace.ts";

/** Writes as often as the pace allows, from 0 to `untilMs`; returns when each write began. */
function writes(pace: WritingPace, tookMs: number, untilMs: number, pauseMs = 0): number[] {
  const begun: number[] = [];
  for (let now = 0; now < untilMs; now += tookMs + pauseMs) {
    now += pace.delay(now);
    begun.push(now);
    pace.note(now, now + tookMs);
  }
  return begun;
}

test("quick writes that are apart are never delayed", () => {
  const begun = writes(new WritingPace(), 3, 10_000, 30);
  assert.deepEqual(begun.slice(0, 3), [0, 33, 66]);
  assert.equal(begun.length, Math.ceil(10_000 / 33));
});

test("a few slow writes are not delayed; a long series takes a tenth of the time", () => {
  const begun = writes(new WritingPace(), 20, 10_000);
  assert.deepEqual(begun.slice(0, 2), [0, 20]);
  assert.ok(begun.length > 50 && begun.length <= 53, String(begun.length));
});

test("no write is delayed by more than 250 ms, however long the last one took", () => {
  const pace = new WritingPace();
  pace.note(0, 5_000);
  assert.equal(pace.delay(5_000), 250);
  assert.equal(pace.delay(5_100), 150);
  assert.equal(pace.delay(6_000), 0);
});
