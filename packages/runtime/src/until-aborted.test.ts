import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { untilAborted } from "./until-aborted.ts";

const over = new Error("it is over");

test("the outcome is that of the work, and no listener is left", async () => {
  const { signal } = new AbortController();
  assert.equal(await untilAborted([signal, undefined], async () => 7), 7);
  const failing = untilAborted([signal], () => Promise.reject(new Error("it failed")));
  await assert.rejects(failing, /it failed/);
  assert.deepEqual(getEventListeners(signal, "abort"), []);
});

test("each signal ends the waiting with its reason and is forwarded to the work if requested", async () => {
  for (const index of [0, 1]) {
    const controllers = [new AbortController(), new AbortController()];
    const work = Promise.withResolvers<void>();
    const forward = new AbortController();
    const signals = controllers.map(({ signal }) => signal);
    const waiting = untilAborted(signals, () => work.promise, forward);
    controllers[index]?.abort(over);
    await assert.rejects(waiting, over);
    assert.equal(forward.signal.reason, over);
    // The later outcome of the work must not become an unhandled rejection.
    work.reject(new Error("too late"));
  }
});

test("the work does not begin if a signal has aborted already", async () => {
  let isBegun = false;
  const work = async (): Promise<void> => void (isBegun = true);
  await assert.rejects(untilAborted([undefined, AbortSignal.abort(over)], work), over);
  assert.equal(isBegun, false);
});
