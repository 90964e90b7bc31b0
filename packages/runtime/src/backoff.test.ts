import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Backoff } from "./backoff.ts";

test("pauses double up to the maximum, and start over after a success", () => {
  const backoff = new Backoff({ first: 100, most: 1_000, random: () => 1 });
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6].map(() => backoff.next()),
    [100, 200, 400, 800, 1_000, 1_000],
  );
  backoff.reset();
  assert.equal(backoff.next(), 100);
});

test("every pause is above zero and at most the maximum", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 100 }), (dice) => {
      let turn = 0;
      const backoff = new Backoff({ first: 50, most: 5_000, random: () => dice[turn++ % dice.length] ?? 0 });
      for (let round = 0; round < 60; round++) {
        const pause = backoff.next();
        assert.ok(pause >= 5 && pause <= 5_000);
      }
    }),
  );
});
