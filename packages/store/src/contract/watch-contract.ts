import assert from "node:assert/strict";
import { test } from "node:test";
import type { Op } from "../port/index.ts";
import { CompactedError, StoreRefusedError } from "../port/store-error.ts";
import { eventually, type StoreHarness } from "./harness.ts";
import { WatchRecorder } from "./watch-recorder.ts";

export function watchContract(use: () => StoreHarness): void {
  test("a watch delivers each change under its prefix once, in order", async () => {
    const harness = use();
    const [writer, watcher] = [await harness.connect(), await harness.connect()];
    const from = (await writer.revision()) + 1;
    const seen = new WatchRecorder(watcher, { prefix: "w/", from });
    await writer.txn({
      onSuccess: [
        { put: "w/a", value: "1" },
        { put: "other", value: "" },
      ],
    });
    await writer.txn({ onSuccess: [{ put: "w/a", value: "2" }] });
    await writer.txn({ onSuccess: [{ delete: "w/a" }] });
    await eventually(harness, "three events", () => seen.events.length >= 3);
    assert.deepEqual(seen.lines, [`put w/a=1 @${from}`, `put w/a=2 @${from + 1}`, `delete w/a @${from + 2}`]);
    await seen.stop();
  });

  test("an event has the same entry as a read", async () => {
    const harness = use();
    const store = await harness.connect();
    const lease = await store.grant(30_000);
    const { revision } = await store.txn({ onSuccess: [{ put: "entry/ü", value: "日本\u{1f600}", lease: lease.id }] });
    const seen = new WatchRecorder(store, { prefix: "entry/", from: revision });
    await eventually(harness, "one event", () => seen.events.length > 0);
    const { entries } = await store.range({ prefix: "entry/" });
    assert.deepEqual(seen.events, [{ type: "put", entry: entries[0] }]);
    assert.equal(entries[0]?.lease, lease.id);
    await seen.stop();
    await lease.revoke();
  });

  test("an exact watch delivers the changes of that key only", async () => {
    const harness = use();
    const store = await harness.connect();
    const from = (await store.revision()) + 1;
    const seen = new WatchRecorder(store, { prefix: "exact/a", exact: true, from });
    const key = (put: string): Op => ({ put, value: "" });
    await store.txn({ onSuccess: [key("exact/a"), key("exact/ab"), key("exact/"), key("exact/a/b")] });
    await store.txn({ onSuccess: [{ deletePrefix: "exact/" }] });
    await eventually(harness, "two events", () => seen.events.length >= 2);
    await seen.stop();
    assert.deepEqual(seen.lines, [`put exact/a= @${from}`, `delete exact/a @${from + 1}`]);
    const nothing = new WatchRecorder(store, { prefix: "", exact: true, from });
    await nothing.ended;
    assert.ok(nothing.error instanceof StoreRefusedError, String(nothing.error));
  });

  test("all events of a revision are in one batch, and a batch has the revision up to which it is complete", async () => {
    const harness = use();
    const [writer, watcher] = [await harness.connect(), await harness.connect()];
    const from = (await writer.revision()) + 1;
    const seen = new WatchRecorder(watcher, { prefix: "batch/", from });
    for (let round = 0; round < 20; round += 1) {
      const onSuccess = Array.from({ length: 100 }, (_, key) => ({ put: `batch/${key}`, value: String(round) }));
      await writer.txn({ onSuccess });
    }
    await eventually(harness, "2,000 events", () => seen.events.length >= 2_000);
    await seen.stop();
    assert.equal(seen.events.length, 2_000);
    let before = from - 1;
    for (const { events, revision } of seen.batches) {
      assert.equal(events.length % 100, 0);
      for (const event of events) {
        const at = event.type === "put" ? event.entry.modRevision : event.modRevision;
        assert.ok(at > before && at <= revision, `${at} after ${before} in a batch up to ${revision}`);
      }
      assert.ok(revision >= before);
      before = revision;
    }
  });

  test("a watch from an old revision replays later changes", async () => {
    const harness = use();
    const store = await harness.connect();
    const { revision } = await store.txn({ onSuccess: [{ put: "replay/a", value: "1" }] });
    await store.txn({ onSuccess: [{ put: "replay/b", value: "2" }] });
    await store.txn({ onSuccess: [{ deletePrefix: "replay/" }] });
    for (const [from, expected] of [
      [revision, 4],
      [revision + 1, 3],
      [revision + 2, 2],
    ] as const) {
      const seen = new WatchRecorder(store, { prefix: "replay/", from });
      await eventually(harness, "the replay", () => seen.events.length >= expected);
      await seen.stop();
      assert.equal(seen.events.length, expected);
    }
  });

  test("a watch from the next revision waits for that revision", async () => {
    const harness = use();
    const store = await harness.connect();
    const from = (await store.revision()) + 1;
    const seen = new WatchRecorder(store, { prefix: "future/", from });
    await harness.elapse(20);
    for (const value of ["1", "2"]) await store.txn({ onSuccess: [{ put: "future/a", value }] });
    await eventually(harness, "two events", () => seen.events.length >= 2);
    await seen.stop();
    assert.deepEqual(seen.lines, [`put future/a=1 @${from}`, `put future/a=2 @${from + 1}`]);
  });

  test("a watch from a compacted revision ends with CompactedError", async () => {
    const harness = use();
    const store = await harness.connect();
    const { revision } = await store.txn({ onSuccess: [{ put: "compacted/a", value: "1" }] });
    await store.txn({ onSuccess: [{ delete: "compacted/a" }] });
    await store.txn({ onSuccess: [{ put: "compacted/b", value: "2" }] });
    await harness.compact(revision + 1);
    for (const from of [revision, revision + 1]) {
      const seen = new WatchRecorder(store, { prefix: "compacted/", from });
      await eventually(harness, `the end of a watch from ${from}`, () => seen.error !== undefined);
      assert.ok(seen.error instanceof CompactedError, String(seen.error));
      assert.deepEqual(seen.events, []);
    }
    const seen = new WatchRecorder(store, { prefix: "compacted/", from: revision + 2 });
    await eventually(harness, "what was not compacted", () => seen.events.length > 0);
    assert.deepEqual(seen.lines, [`put compacted/b=2 @${revision + 2}`]);
    await seen.stop();
  });

  test("a compaction does not affect a watch that is up to date", async () => {
    const harness = use();
    const store = await harness.connect();
    const from = (await store.txn({ onSuccess: [{ put: "live/a", value: "1" }] })).revision;
    const seen = new WatchRecorder(store, { prefix: "live/", from });
    await eventually(harness, "the first event", () => seen.events.length === 1);
    await harness.compact(from);
    await store.txn({ onSuccess: [{ put: "live/a", value: "2" }] });
    await eventually(harness, "the second event", () => seen.events.length === 2);
    await seen.stop();
  });

  test("a watch ends with the signal's reason, even if the signal has aborted before", async () => {
    const harness = use();
    const store = await harness.connect();
    const reason = new Error("enough");
    const idle = new WatchRecorder(store, { prefix: "idle/", from: (await store.revision()) + 1 });
    await harness.elapse(20);
    await idle.stop(reason);
    assert.equal(idle.error, reason);
    await assert.rejects(
      store.watch({ prefix: "idle/", from: 1 }, AbortSignal.abort(reason))[Symbol.asyncIterator]().next(),
      reason,
    );
  });

  test("many watches on one client see the same", async () => {
    const harness = use();
    const [writer, watcher] = [await harness.connect(), await harness.connect()];
    const from = (await writer.revision()) + 1;
    const all = Array.from({ length: 50 }, () => new WatchRecorder(watcher, { prefix: "many/", from }));
    for (let round = 0; round < 20; round += 1)
      await writer.txn({ onSuccess: [{ put: "many/a", value: String(round) }] });
    await eventually(harness, "20 events each", () => all.every(({ events }) => events.length >= 20));
    for (const seen of all) {
      await seen.stop();
      assert.deepEqual(seen.lines, all[0]?.lines);
    }
  });
}
