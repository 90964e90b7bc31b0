import assert from "node:assert/strict";
import { test } from "node:test";
import { Lanes } from "./lanes.ts";

test("no more work runs than lanes exist, and failed or aborted work frees its lane", async () => {
  const lanes = new Lanes(2);
  const signal = new AbortController().signal;
  const gone = AbortSignal.abort(new Error("gone"));
  let [now, most] = [0, 0];
  const done: number[] = [];
  const work = async (index: number): Promise<void> => {
    now += 1;
    most = Math.max(most, now);
    await new Promise(setImmediate);
    now -= 1;
    done.push(index);
    if (index === 1) throw new Error("failed");
  };
  const all = await Promise.allSettled(
    [0, 1, 2, 3, 4, 5].map((index) => lanes.run(() => work(index), index === 3 ? gone : signal)),
  );
  assert.deepEqual(
    all.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled", "rejected", "fulfilled", "fulfilled"],
  );
  assert.deepEqual([most, done], [2, [0, 1, 2, 4, 5]]);
});
