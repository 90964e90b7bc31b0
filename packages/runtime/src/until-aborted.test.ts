import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { untilAborted } from "./until-aborted.ts";

const over = new Error("it is over");

test("the outcome is the work's, good or bad, and no listener is left behind", async () => {
  const { signal } = new AbortController();
  assert.equal(await untilAborted([signal, undefined], async () => 7), 7);
  const failing = untilAborted([signal], () => Promise.reject(new Error("it failed")));
  await assert.rejects(failing, /it failed/);
  assert.deepEqual(getEventListeners(signal, "abort"), []);
});

test("each of the signals ends the waiting with its reason, and tells the work where that is to end too", async () => {
  for (const index of [0, 1]) {
    const controllers = [new AbortController(), new AbortController()];
    const work = Promise.withResolvers<void>();
    const forward = new AbortController();
    const signals = controllers.map(({ signal }) => signal);
    const waiting = untilAborted(signals, () => work.promise, forward);
    controllers[index]?.abort(over);
    await assert.rejects(waiting, over);
    assert.equal(forward.signal.reason, over);
    // What becomes of the work afterwards is nobody's business, least of all the process's.
    work.reject(new Error("too late"));
  }
});

test("nothing is begun for who has given up already", async () => {
  let isBegun = false;
  const work = async (): Promise<void> => void (isBegun = true);
  await assert.rejects(untilAborted([undefined, AbortSignal.abort(over)], work), over);
  assert.equal(isBegun, false);
});
