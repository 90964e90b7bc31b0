import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Turns } from "./turns.ts";

/** A clock that the pieces of work advance. */
class WorkClock {
  now = 0;
  monotonic(): number {
    return this.now;
  }
  work(ms: number): void {
    this.now += ms;
  }
}

test("a single piece runs at once", () => {
  const turns = new Turns(new WorkClock());
  let ran = false;
  void turns.run(() => (ran = true));
  assert.ok(ran);
});

test("pieces run in order, at most 10 ms per turn of the event loop", async () => {
  const clock = new WorkClock();
  const turns = new Turns(clock);
  const done: number[] = [];
  const all = Array.from({ length: 9 }, (_, index) =>
    turns.run(() => {
      clock.work(4);
      done.push(index);
    }),
  );
  assert.deepEqual(done, [0, 1, 2], "the third has begun within the slice");
  await setImmediate();
  assert.deepEqual(done, [0, 1, 2, 3, 4, 5]);
  await Promise.all(all);
  assert.deepEqual(done, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
});

test("a piece that is added by a piece runs after the waiting ones", async () => {
  const clock = new WorkClock();
  const turns = new Turns(clock);
  const done: string[] = [];
  const work = (name: string): Promise<void> =>
    turns.run(() => {
      clock.work(20);
      done.push(name);
    });
  const first = work("a1").then(() => work("a2"));
  await Promise.all([first, work("b1"), work("c1")]);
  assert.deepEqual(done, ["a1", "b1", "c1", "a2"]);
});

test("a piece that fails, or whose caller has aborted, does not affect the others", async () => {
  const clock = new WorkClock();
  const turns = new Turns(clock);
  const gone = new AbortController();
  const failing = turns.run(() => {
    clock.work(20);
    throw new Error("failed");
  });
  const left = turns.run(() => assert.fail("ran"), gone.signal);
  const failingLater = turns.run(() => {
    throw new Error("failed later");
  });
  const last = turns.run(() => "done");
  gone.abort(new Error("gone"));
  await assert.rejects(failing, /^Error: failed$/);
  await assert.rejects(left, /gone/);
  await assert.rejects(failingLater, /failed later/);
  assert.equal(await last, "done");
  await assert.rejects(
    turns.run(() => assert.fail("ran"), gone.signal),
    /gone/,
  );
});
