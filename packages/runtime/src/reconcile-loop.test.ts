import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "./logger.ts";
import { ManualClock } from "./manual-clock.ts";
import { Nudge } from "./nudge.ts";
import { reconcileLoop } from "./reconcile-loop.ts";

function startLoop(pass: () => Promise<void>, clock = new ManualClock()) {
  const nudge = new Nudge();
  const stop = new AbortController();
  const done = reconcileLoop({ pass, nudge, interval: 1_000, clock, random: () => 1, log: silentLogger }, stop.signal);
  return { clock, nudge, end: async () => (stop.abort(), done) };
}

test("a pass runs at the start, after a nudge, and at every interval", async () => {
  let passes = 0;
  const { clock, nudge, end } = startLoop(async () => void passes++);
  await clock.advance(0);
  assert.equal(passes, 1);
  nudge.poke();
  await clock.advance(0);
  assert.equal(passes, 2);
  await clock.advance(1_000);
  assert.equal(passes, 3);
  await end();
});

test("nudges during a pass are gathered into one more pass", async () => {
  let passes = 0;
  let finish = (): void => {};
  const { clock, nudge, end } = startLoop(() => {
    passes++;
    return new Promise((resolve) => (finish = resolve));
  });
  await clock.advance(0);
  for (let i = 0; i < 5; i++) nudge.poke();
  finish();
  await clock.advance(0);
  assert.equal(passes, 2);
  finish();
  await clock.advance(0);
  assert.equal(passes, 2);
  await end();
});

test("a failing pass is tried again with growing pauses and never ends the loop", async () => {
  const at: number[] = [];
  const clock = new ManualClock();
  const { end } = startLoop(async () => {
    at.push(clock.monotonic());
    if (at.length < 4) throw new Error("the store is away");
  }, clock);
  await clock.advance(700);
  assert.deepEqual(at, [0, 100, 300, 700]);
  await end();
});
