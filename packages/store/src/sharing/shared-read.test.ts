import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { SharedRead } from "./shared-read.ts";

test("callers share a read that begins after their calls, one at a time", async () => {
  const reads: PromiseWithResolvers<number>[] = [];
  const shared = new SharedRead(() => {
    const read = Promise.withResolvers<number>();
    reads.push(read);
    return read.promise;
  });
  const first = [shared.get(), shared.get()];
  await setImmediate();
  assert.equal(reads.length, 1);
  const second = [shared.get(), shared.get()];
  await setImmediate();
  assert.equal(reads.length, 1);
  reads[0]?.resolve(1);
  assert.deepEqual(await Promise.all(first), [1, 1]);
  await setImmediate();
  reads[1]?.reject(new Error("lost"));
  for (const read of second) await assert.rejects(read, /lost/);
  const third = shared.get();
  await setImmediate();
  reads[2]?.resolve(3);
  assert.equal(await third, 3);
});
