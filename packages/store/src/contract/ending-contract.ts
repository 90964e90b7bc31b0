import assert from "node:assert/strict";
import { test } from "node:test";
import type { Store } from "../port/index.ts";
import { StoreUnavailableError } from "../port/store-error.ts";
import type { StoreHarness } from "./harness.ts";
import { WatchRecorder } from "./watch-recorder.ts";

/** Every call that returns a single result. */
export const calls: Readonly<Record<string, (store: Store, signal?: AbortSignal) => Promise<unknown>>> = {
  revision: (store, signal) => store.revision(signal),
  range: (store, signal) => store.range({ prefix: "ending/" }, signal),
  txn: (store, signal) => store.txn({ onSuccess: [{ put: "ending/a", value: "" }] }, signal),
  grant: (store, signal) => store.grant(1_000, signal),
  resume: (store, signal) => store.resume("987654321", 1_000, signal),
  leaseTime: (store, signal) => store.leaseTime("987654321", signal),
};

export function endingContract(use: () => StoreHarness): void {
  for (const [name, call] of Object.entries(calls)) {
    test(`${name} ends with the signal's reason`, async () => {
      const store = await use().connect();
      const reason = new Error("enough");
      await assert.rejects(call(store, AbortSignal.abort(reason)), reason);
      const during = new AbortController();
      const pending = call(store, during.signal);
      during.abort(reason);
      // The call may have resolved before the abort.
      await pending.catch((error: unknown) => assert.equal(error, reason));
      await call(store);
    });

    test(`${name} fails on a closed client`, async () => {
      const store = await use().connect();
      const pending = call(store);
      await store.close();
      await pending.catch((error: unknown) => assert.ok(error instanceof StoreUnavailableError, String(error)));
      await assert.rejects(call(store), StoreUnavailableError);
    });
  }

  test("close ends watches, can be called twice, and does not affect other clients", async () => {
    const [closing, other] = [await use().connect(), await use().connect()];
    const seen = new WatchRecorder(closing, { prefix: "closing/", from: (await other.revision()) + 1 });
    await closing.close();
    await closing.close();
    await seen.ended;
    assert.ok(seen.error instanceof StoreUnavailableError, String(seen.error));
    assert.ok((await other.revision()) > 0);
  });
}
