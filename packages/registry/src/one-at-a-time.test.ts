import assert from "node:assert/strict";
import { test } from "node:test";
import { OneAtATime } from "./one-at-a-time.ts";

test("changes of one key run one after the other, while changes of other keys run in parallel", async () => {
  const queue = new OneAtATime();
  const done: string[] = [];
  const first = Promise.withResolvers<void>();
  const waited: boolean[] = [];
  const change = (name: string, until?: Promise<void>) => async (didWait: boolean) => {
    waited.push(didWait);
    await until;
    done.push(name);
  };
  const all = [queue.run("a", change("a1", first.promise)), queue.run("a", change("a2")), queue.run("b", change("b1"))];
  await all[2];
  assert.deepEqual(done, ["b1"]);
  first.resolve();
  await Promise.all(all);
  assert.deepEqual(done, ["b1", "a1", "a2"]);
  assert.deepEqual(waited, [false, false, true]);
});

test("a change that fails or is aborted does not block later changes", async () => {
  const queue = new OneAtATime();
  const gone = new AbortController();
  const failing = queue.run("a", () => Promise.reject(new Error("failed")));
  const unwanted = queue.run("a", () => assert.fail("ran"), gone.signal);
  const last = queue.run("a", async () => "done");
  gone.abort(new Error("gone"));
  await assert.rejects(failing, /failed/);
  await assert.rejects(unwanted, /gone/);
  assert.equal(await last, "done");
});
