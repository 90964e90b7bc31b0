import assert from "node:assert/strict";
import { test } from "node:test";
import { LinkUnavailableError } from "../port/link-error.ts";
import { Slots } from "./slots.ts";

const never = new AbortController().signal;

/** Starts work that ends when told. */
function work() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const run = async (): Promise<void> => {
    started.resolve();
    await promise;
  };
  return { run, started: started.promise, end: resolve };
}

test("work beyond the slots waits its turn, and work beyond the queue is refused", async () => {
  const slots = new Slots(1, 2);
  const [a, b, c] = [work(), work(), work()];
  const order: string[] = [];
  const running = [a, b, c].map(({ run }, index) => slots.run(never, run).then(() => order.push(`${index}`)));
  await a.started;
  await assert.rejects(
    slots.run(never, async () => {}),
    LinkUnavailableError,
  );
  for (const { started, end } of [a, b, c]) {
    await started;
    end();
  }
  await Promise.all(running);
  assert.deepEqual(order, ["0", "1", "2"]);
});

test("a slot is free again after work that fails, and after a wait that was given up", async () => {
  const slots = new Slots(1, 10);
  await assert.rejects(
    slots.run(never, () => Promise.reject(new Error("failed"))),
    /failed/,
  );
  const a = work();
  const running = slots.run(never, a.run);
  const abort = new AbortController();
  const waiting = assert.rejects(
    slots.run(abort.signal, async () => assert.fail("it runs")),
    /enough/,
  );
  abort.abort(new Error("enough"));
  // The slot is passed on in the turn in which the wait is given up.
  a.end();
  await running;
  await waiting;
  assert.equal(await slots.run(never, async () => "ran"), "ran");
});
