import assert from "node:assert/strict";
import { test } from "node:test";
import { OutageError } from "./error.ts";
import { silentLogger } from "./logger.ts";
import { ManualClock } from "./manual-clock.ts";
import { Nudge } from "./nudge.ts";
import { reconcileLoop } from "./reconcile-loop.ts";

class AwayError extends OutageError {
  readonly code = "store-unavailable";
}

function startLoop(pass: () => Promise<void>, clock = new ManualClock()) {
  const nudge = new Nudge();
  const stop = new AbortController();
  const done = reconcileLoop({ pass, nudge, interval: 1_000, clock, random: () => 1, log: silentLogger }, stop.signal);
  return { clock, nudge, done, end: async () => (stop.abort(), done) };
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

test("nudges during a pass lead to one more pass", async () => {
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

test("a failing pass is retried with growing pauses and never ends the loop", async () => {
  const at: number[] = [];
  const clock = new ManualClock();
  const { end } = startLoop(async () => {
    at.push(clock.monotonic());
    if (at.length < 4) throw new AwayError("The store is away.");
  }, clock);
  await clock.advance(700);
  assert.deepEqual(at, [0, 100, 300, 700]);
  await end();
});

test("a programming error that keeps recurring ends the loop", async () => {
  let passes = 0;
  const fault = new TypeError("x is undefined");
  const { clock, done } = startLoop(async () => {
    passes += 1;
    throw fault;
  });
  const ended = assert.rejects(done, fault);
  await clock.advance(20_000);
  await ended;
  assert.equal(passes, 4);
});
