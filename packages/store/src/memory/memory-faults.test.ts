import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock, untilAborted } from "@flotilla/runtime";
import { eventually, WatchRecorder } from "../contract/index.ts";
import { LeaseLostError, StoreTimeoutError, StoreUnavailableError } from "../port/store-error.ts";
import { type Call, type Faults, MemoryStore } from "./index.ts";

const lost = new StoreUnavailableError("The connection was lost.");

test("a hook before a call can fail it without effect", async () => {
  const { server } = setting();
  const store = server.connect({ faults: { before: async ({ type }) => fail(type === "txn") } });
  await assert.rejects(store.txn({ onSuccess: [{ put: "a", value: "" }] }), lost);
  assert.equal((await store.range({ prefix: "" })).count, 0);
});

test("a hook after a call can fail it after it took effect", async () => {
  const { server } = setting();
  const store = server.connect({ faults: { after: async ({ type }) => fail(type === "txn") } });
  await assert.rejects(store.txn({ onSuccess: [{ put: "a", value: "" }] }), lost);
  assert.equal((await store.range({ prefix: "" })).count, 1);
});

test("a hook that waits forever ends at the time limit, without effect", async () => {
  const { server, clock } = setting();
  const store = server.connect({ faults: { before: never }, requestTimeoutMs: 1_000 });
  const pending = assert.rejects(store.txn({ onSuccess: [{ put: "a", value: "" }] }), StoreTimeoutError);
  await clock.advance(1_000);
  await pending;
  assert.equal((await server.connect().range({ prefix: "" })).count, 0);
});

test("a watch delivers each change once although deliveries fail at random", async () => {
  const { server, clock } = setting();
  let calls = 0;
  const store = server.connect({
    faults: { before: async () => fail((calls += 1) % 3 === 0), after: async () => fail((calls += 1) % 5 === 0) },
  });
  const seen = new WatchRecorder(store, { prefix: "", from: 2 });
  const writer = server.connect();
  for (let key = 0; key < 200; key += 1) {
    await writer.txn({ onSuccess: [{ put: String(key), value: "" }] });
    if (key % 7 === 0) await clock.advance(100);
  }
  await eventually({ elapse: (ms) => clock.advance(ms) }, "all events", () => seen.events.length >= 200, 60_000);
  await seen.stop();
  assert.deepEqual(
    seen.lines,
    Array.from({ length: 200 }, (_, key) => `put ${key}= @${key + 2}`),
  );
});

test("a disconnected holder loses its lease before its key is deleted, to the millisecond", async () => {
  const { server, clock } = setting();
  let cut = false;
  const faults: Faults = { before: (call, signal) => (cut ? never(call, signal) : Promise.resolve()) };
  const holder = server.connect({ faults });
  const lease = await holder.grant(9_000);
  await holder.txn({ onSuccess: [{ put: "leader", value: "", lease: lease.id }] });
  await clock.advance(14_000);
  assert.equal(lease.lost.aborted, false);
  cut = true;
  const other = server.connect();
  const events: string[] = [];
  lease.lost.addEventListener("abort", () => events.push(`lost at ${clock.monotonic()}`));
  const seen = new WatchRecorder(other, { prefix: "leader", from: 3 });
  for (let step = 0; step < 10_000 && seen.events.length === 0; step += 1) await clock.advance(1);
  events.push(`gone at ${clock.monotonic()}`);
  await seen.stop();
  // The last successful renewal was sent at 12,000.
  assert.deepEqual(events, ["lost at 20100", "gone at 21000"]);
  assert.ok(lease.lost.reason instanceof LeaseLostError);
});

test("a failed renewal is retried before the lease is lost", async () => {
  const { server, clock } = setting();
  let failures = 0;
  const faults: Faults = { before: async ({ type }) => fail(type === "renew" && (failures += 1) <= 2) };
  const lease = await server.connect({ faults }).grant(3_000);
  await clock.advance(2_600);
  assert.ok(failures > 2);
  await clock.advance(10_000);
  assert.equal(lease.lost.aborted, false);
  server.close();
});

function setting(): { readonly clock: ManualClock; readonly server: MemoryStore } {
  const clock = new ManualClock();
  return { clock, server: new MemoryStore({ clock }) };
}

function fail(when: boolean): void {
  if (when) throw lost;
}

function never(_call: Call, signal: AbortSignal): Promise<void> {
  return untilAborted([signal], () => new Promise(() => {}));
}

test("each change is reported in the turn that made it, with its call", async () => {
  const clock = new ManualClock();
  const told: string[] = [];
  const server = new MemoryStore({ clock, onChange: ({ revision }) => told.push(`changed ${revision}`) });
  const store = server.connect({ faults: { done: ({ type }) => told.push(type) } });
  const lease = await store.grant(9_000);
  lease.release();
  const written = store.txn({ onSuccess: [{ put: "leased", value: "", lease: lease.id }] });
  await written;
  await store.txn({ onSuccess: [{ delete: "unknown" }] });
  await clock.advance(9_000);
  assert.deepEqual(told, ["grant", "changed 2", "txn", "txn", "changed 3"]);
});

test("a client with a separate clock counts its lease by that clock", async () => {
  const { server, clock } = setting();
  const standing = new ManualClock();
  const lease = await server.connect({ clock: standing }).grant(9_000);
  await clock.advance(9_000);
  assert.equal(lease.lost.aborted, false);
  await standing.advance(9_000);
  assert.equal(lease.lost.aborted, true);
});
