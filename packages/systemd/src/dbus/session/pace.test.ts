import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import { Pace } from "./pace.ts";

/** When a turn that is asked for now comes, milliseconds from now. */
async function turnOf(pace: Pace, clock: ManualClock): Promise<number> {
  const asked = clock.monotonic();
  const turn = pace.turn().then(() => clock.monotonic() - asked);
  await clock.advance(1_000);
  return turn;
}

function answerAfter(pace: Pace, clock: ManualClock, ms: number): Promise<void> {
  return pace.timed(() => clock.advance(ms));
}

test("the first file has its turn at once, the next after ten times what systemd took for the one before", async () => {
  const clock = new ManualClock();
  const pace = new Pace(clock);
  await pace.turn();
  assert.equal(clock.monotonic(), 0);
  await answerAfter(pace, clock, 6);
  // What comes after the first answer is no measure: systemd has read its directories by then.
  await answerAfter(pace, clock, 4);
  assert.equal(await turnOf(pace, clock), 50);
});

test("a file waits for no longer than half a second, however slow systemd is", async () => {
  const clock = new ManualClock();
  const pace = new Pace(clock);
  await pace.turn();
  await answerAfter(pace, clock, 300);
  assert.equal(await turnOf(pace, clock), 200);
});

test("after a rest a file has its turn at once", async () => {
  const clock = new ManualClock();
  const pace = new Pace(clock);
  await pace.turn();
  await answerAfter(pace, clock, 10);
  await clock.advance(90);
  assert.equal(await turnOf(pace, clock), 0);
});

test("an answer that never comes leaves the gap as it was", async () => {
  const clock = new ManualClock();
  const pace = new Pace(clock);
  await pace.turn();
  await assert.rejects(
    pace.timed(() => Promise.reject(new Error("away"))),
    /away/,
  );
  assert.equal(await turnOf(pace, clock), 0);
});
