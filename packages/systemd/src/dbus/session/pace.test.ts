import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import { Pace } from "./pace.ts";

/** How long a turn has to wait if it is requested now, in milliseconds. */
async function turnOf(pace: Pace, clock: ManualClock): Promise<number> {
  const asked = clock.monotonic();
  const turn = pace.turn().then(() => clock.monotonic() - asked);
  await clock.advance(1_000);
  return turn;
}

function answerAfter(pace: Pace, clock: ManualClock, ms: number): Promise<void> {
  return pace.timed(() => clock.advance(ms));
}

test("the first file has no pause, the next a pause of ten times systemd's time for the first", async () => {
  const clock = new ManualClock();
  const pace = new Pace(clock);
  await pace.turn();
  assert.equal(clock.monotonic(), 0);
  await answerAfter(pace, clock, 6);
  // Later answers do not count: systemd has read its directories by then.
  await answerAfter(pace, clock, 4);
  assert.equal(await turnOf(pace, clock), 50);
});

test("a file waits at most half a second, however slow systemd is", async () => {
  const clock = new ManualClock();
  const pace = new Pace(clock);
  await pace.turn();
  await answerAfter(pace, clock, 300);
  assert.equal(await turnOf(pace, clock), 200);
});

test("after a time without files the next file has no pause", async () => {
  const clock = new ManualClock();
  const pace = new Pace(clock);
  await pace.turn();
  await answerAfter(pace, clock, 10);
  await clock.advance(90);
  assert.equal(await turnOf(pace, clock), 0);
});

test("a failed call does not change the pause", async () => {
  const clock = new ManualClock();
  const pace = new Pace(clock);
  await pace.turn();
  await assert.rejects(
    pace.timed(() => Promise.reject(new Error("away"))),
    /away/,
  );
  assert.equal(await turnOf(pace, clock), 0);
});
