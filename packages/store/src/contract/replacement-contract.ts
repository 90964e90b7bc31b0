import assert from "node:assert/strict";
import { test } from "node:test";
import { LeaseLostError, StoreReplacedError } from "../port/store-error.ts";
import { eventually, type StoreHarness } from "./harness.ts";
import { WatchRecorder } from "./watch-recorder.ts";

export function replacementContract(use: () => StoreHarness): void {
  test("a watch from beyond the store's next revision ends with StoreReplacedError", async () => {
    const harness = use();
    const store = await harness.connect();
    const seen = new WatchRecorder(store, { prefix: "beyond/", from: (await store.revision()) + 2 });
    await eventually(harness, "the end of the watch", () => seen.error !== undefined);
    assert.ok(seen.error instanceof StoreReplacedError, String(seen.error));
  });

  test("a watch ends with StoreReplacedError when the store has not reached a revision that the caller knows", async () => {
    const harness = use();
    const store = await harness.connect();
    const { revision } = await store.txn({ onSuccess: [{ put: "reached/a", value: "" }] });
    const reached = new WatchRecorder(store, { prefix: "reached/", from: revision, reached: () => revision });
    await eventually(harness, "the event", () => reached.events.length === 1);
    await reached.stop();
    const seen = new WatchRecorder(store, { prefix: "reached/", from: revision, reached: () => revision + 1_000 });
    await eventually(harness, "the end of the watch", () => seen.error !== undefined);
    assert.ok(seen.error instanceof StoreReplacedError, String(seen.error));
  });

  test("a watch ends when its witness has changed", async () => {
    const harness = use();
    const store = await harness.connect();
    const { revision } = await store.txn({ onSuccess: [{ put: "witness/key", value: "1" }] });
    const witness = { key: "witness/key", value: "1" };
    const faithful = new WatchRecorder(store, { prefix: "witness/", from: revision, witness });
    await eventually(harness, "the event", () => faithful.events.length === 1);
    await faithful.stop();
    for (const wrong of [
      { key: "witness/key", value: "2" },
      { key: "witness/none", value: "1" },
    ]) {
      const seen = new WatchRecorder(store, { prefix: "witness/", from: revision, witness: wrong });
      await eventually(harness, "the end of the watch", () => seen.error !== undefined);
      assert.ok(seen.error instanceof StoreReplacedError, String(seen.error));
      assert.deepEqual(seen.events, []);
    }
  });

  test("when an empty store replaces the store, watches end, leases are lost, and clients continue", async () => {
    const harness = use();
    if (harness.replace === undefined) return;
    const store = await harness.connect();
    const lease = await store.grant(5_000);
    const put = { put: "replaced/a", value: "", lease: lease.id };
    for (let round = 0; round < 20; round += 1) await store.txn({ onSuccess: [put] });
    const before = await store.revision();
    const seen = new WatchRecorder(store, { prefix: "replaced/", from: before + 1 });
    await harness.elapse(100);
    await harness.replace();
    await eventually(harness, "the end of the watch", () => seen.error !== undefined);
    assert.ok(seen.error instanceof StoreReplacedError, String(seen.error));
    await eventually(harness, "the loss of the lease", () => lease.lost.aborted);
    assert.ok(lease.lost.reason instanceof LeaseLostError);
    assert.ok((await store.revision()) < before);
    assert.equal((await store.range({ prefix: "" })).count, 0);
    const { revision } = await store.txn({ onSuccess: [{ put: "replaced/b", value: "" }] });
    const recorder = new WatchRecorder(store, { prefix: "replaced/", from: revision });
    await eventually(harness, "an event of the new store", () => recorder.events.length === 1);
    await recorder.stop();
  });
}
