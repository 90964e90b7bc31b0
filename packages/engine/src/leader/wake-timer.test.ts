import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock, Nudge } from "@flotilla/runtime";
import { WakeTimer } from "./wake-timer.ts";

function lab() {
  const clock = new ManualClock();
  const poked: number[] = [];
  const nudge = new Nudge();
  nudge.poke = () => poked.push(clock.monotonic());
  return { clock, timer: new WakeTimer(clock, nudge), poked, begun: clock.monotonic() };
}

test("the timer pokes at the time that was set last", async () => {
  const { clock, timer, poked, begun } = lab();
  timer.set(begun + 5_000);
  timer.set(begun + 2_000);
  timer.set(begun + 2_000);
  await clock.advance(10_000);
  assert.deepEqual(poked, [begun + 2_000]);
});

test("the timer does not poke after it was cleared, and can be set again", async () => {
  const { clock, timer, poked, begun } = lab();
  timer.set(begun + 1_000);
  timer.set(undefined);
  await clock.advance(2_000);
  timer.set(begun + 3_000);
  await clock.advance(2_000);
  assert.deepEqual(poked, [begun + 3_000]);
});
