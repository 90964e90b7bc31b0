import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import { ControlFrames } from "./control-frames.ts";
import { MemoryBudget } from "./memory-budget.ts";
import { handlerOf } from "./serve-call.ts";

suite("a budget", () => {
  test("grants no more than it has, nor than its parent has", () => {
    const all = new MemoryBudget(100);
    const [one, other] = [new MemoryBudget(60, all), new MemoryBudget(60, all)];
    assert.ok(one.take(60));
    assert.equal(one.take(1), false);
    assert.equal(other.take(41), false);
    assert.ok(other.take(40));
    one.giveBack(60);
    assert.deepEqual([all.held, one.held, other.held], [40, 0, 40]);
    assert.ok(other.take(20));
    assert.ok(one.take(40));
  });
});

suite("control frames", () => {
  test("are counted by the second", async () => {
    const clock = new ManualClock();
    let excess = 0;
    const frames = new ControlFrames(
      3,
      () => clock.monotonic(),
      () => (excess += 1),
    );
    for (let second = 0; second < 5; second += 1) {
      for (let sent = 0; sent < 3; sent += 1) frames.count();
      await clock.advance(1_001);
    }
    assert.equal(excess, 0);
    for (let sent = 0; sent < 4; sent += 1) frames.count();
    assert.equal(excess, 1);
  });
});

test("the longest prefix of a path decides on its handler", () => {
  const [store, txn] = [async () => {}, async () => {}];
  const routes = new Map([
    ["/store/v1/", store],
    ["/store/v1/txn", txn],
  ]);
  for (const [path, handler] of [
    ["/store/v1/range", store],
    ["/store/v1/txn", txn],
    ["/store/v1", undefined],
    ["", undefined],
  ] as const)
    assert.equal(handlerOf(routes, path), handler);
});
