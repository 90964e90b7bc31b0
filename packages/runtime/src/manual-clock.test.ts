import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "./manual-clock.ts";

test("sleepers wake in the order of their due times, each at its due time", async () => {
  const clock = new ManualClock();
  const woken: [string, number][] = [];
  for (const [name, ms] of [
    ["late", 30],
    ["soon", 10],
    ["middle", 20],
  ] as const) {
    void clock.sleep(ms).then(() => woken.push([name, clock.monotonic()]));
  }
  await clock.advance(25);
  assert.deepEqual(woken, [
    ["soon", 10],
    ["middle", 20],
  ]);
  await clock.advance(5);
  assert.deepEqual(woken.at(-1), ["late", 30]);
});

test("a sleeper that sleeps again within the advance is woken again", async () => {
  const clock = new ManualClock();
  let ticks = 0;
  void (async () => {
    while (ticks < 10) {
      await clock.sleep(10);
      ticks++;
    }
  })();
  await clock.advance(50);
  assert.equal(ticks, 5);
});

test("an aborted sleep rejects with the reason and leaves nothing behind", async () => {
  const clock = new ManualClock();
  const controller = new AbortController();
  const sleeping = clock.sleep(10, controller.signal);
  controller.abort(new Error("no longer"));
  await assert.rejects(sleeping, /no longer/);
  await assert.rejects(clock.sleep(10, controller.signal), /no longer/);
  assert.equal(clock.nextDue(), undefined);
});

test("the wall clock jumps without moving monotonic time", () => {
  const clock = new ManualClock(1_000_000);
  clock.jumpWall(-500_000);
  assert.equal(clock.wall(), 500_000);
  assert.equal(clock.monotonic(), 0);
});
