import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import { StoreUnavailableError } from "../port/store-error.ts";
import { EtcdRenewals } from "./etcd-renewals.ts";

/** Renewals whose calls are recorded; leases whose ID begins with 9 are unknown. */
function start() {
  const clock = new ManualClock();
  const calls: string[][] = [];
  const answers: PromiseWithResolvers<void>[] = [];
  const renewals = new EtcdRenewals({
    clock,
    send: async (ids) => {
      calls.push([...ids]);
      const answer = Promise.withResolvers<void>();
      answers.push(answer);
      await answer.promise;
      return new Map([...ids].filter((id) => !id.startsWith("9")).map((id) => [id, 10_000]));
    },
  });
  return { clock, calls, answers, renewals };
}

test("a renewal is sent at once, and those of the next 100 ms together, also while the first has no answer", async () => {
  const { clock, calls, answers, renewals } = start();
  const first = renewals.renew("1", undefined);
  await clock.advance(0);
  assert.deepEqual(calls, [["1"]]);
  const later = [];
  for (const id of ["2", "91", "2"]) {
    await clock.advance(30);
    later.push(renewals.renew(id, undefined));
  }
  assert.equal(calls.length, 1);
  await clock.advance(10);
  assert.deepEqual(calls, [["1"], ["2", "91"]]);
  for (const { resolve } of answers) resolve();
  assert.equal(await first, 10_000);
  assert.deepEqual(await Promise.all(later), [10_000, undefined, 10_000]);
});

test("each renewal of a call gets its error, and one that was aborted ends alone", async () => {
  const { clock, answers, renewals } = start();
  const abort = new AbortController();
  const [left, stayed] = [renewals.renew("1", abort.signal), renewals.renew("2", undefined)];
  await clock.advance(0);
  abort.abort(new Error("enough"));
  await assert.rejects(left, /enough/);
  answers[0]?.reject(new StoreUnavailableError("down"));
  await assert.rejects(stayed, /down/);
});
