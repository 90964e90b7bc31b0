import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock, systemClock } from "@flotilla/runtime";
import { storeContract, WatchRecorder } from "../contract/index.ts";
import { EtcdFixture } from "../etcd/etcd.fixture.ts";
import { MemoryStore } from "../memory/index.ts";
import { revisionOf, type Store } from "../port/index.ts";
import { CompactedError, StoreReplacedError } from "../port/store-error.ts";
import type { HistoryLimits } from "./history.ts";
import { withSharedWatches } from "./shared-watches.ts";

const WITNESS = "witness/key";

storeContract("a memory store with shared watches", async () => {
  const clock = new ManualClock();
  const server = new MemoryStore({ clock });
  const shared: Store[] = [];
  return {
    connect: async () => {
      const options = { families: [""], witness: WITNESS, clock, random: () => 0.5 };
      shared.push(withSharedWatches(server.connect(), options));
      return shared.at(-1) ?? assert.fail();
    },
    compact: (revision) => server.compact(revision),
    replace: async () => server.forgetAll(),
    elapse: (ms) => clock.advance(ms),
    close: async () => {
      for (const store of shared) await store.close();
      server.close();
    },
  };
});

storeContract("etcd with shared watches", async () => {
  const etcd = await EtcdFixture.start();
  const shared: Store[] = [];
  return {
    connect: async () => {
      const options = { families: [""], witness: WITNESS, clock: systemClock, random: Math.random };
      shared.push(withSharedWatches(etcd.direct(), options));
      return shared.at(-1) ?? assert.fail();
    },
    compact: (revision) => etcd.compact(revision),
    replace: () => etcd.server.replace(),
    elapse: (ms) => etcd.elapse(ms),
    close: async () => {
      for (const store of shared) await store.close();
      await etcd.close();
    },
  };
});

test("many watches of a family share one watch of the store, and an event concerns only its own", async () => {
  const { clock, store, upstream, writer } = setting();
  await put(writer, "a/0/x");
  const watches = Array.from(
    { length: 100 },
    (_, index) => new WatchRecorder(store, { prefix: `a/${index}/`, from: 3 }),
  );
  const exact = new WatchRecorder(store, { prefix: "a/7", exact: true, from: 3 });
  const broad = new WatchRecorder(store, { prefix: "a/", from: 3 });
  const elsewhere = new WatchRecorder(store, { prefix: "b/", from: 3 });
  await clock.advance(0);
  for (const key of ["a/7/x", "a/7", "a/70/x", "b/1", "c/1"]) await put(writer, key);
  await clock.advance(0);
  assert.deepEqual(watches[7]?.lines, ["put a/7/x=a/7/x @3"]);
  assert.deepEqual(exact.lines, ["put a/7=a/7 @4"]);
  assert.deepEqual(watches[70]?.lines, ["put a/70/x=a/70/x @5"]);
  assert.deepEqual(broad.lines, ["put a/7/x=a/7/x @3", "put a/7=a/7 @4", "put a/70/x=a/70/x @5"]);
  assert.equal(watches.filter(({ batches }) => batches.length > 0).length, 2, "no other watch has got anything");
  assert.deepEqual(upstream.opened.toSorted(), ["a/ from 1", "b/ from 1"]);
  assert.deepEqual(elsewhere.lines, ["put b/1=b/1 @6"]);
  await store.close();
});

test("a watch without events learns within a minute up to which revision it is complete", async () => {
  const { clock, store, writer } = setting();
  const idle = new WatchRecorder(store, { prefix: "a/1/", from: 2 });
  await clock.advance(0);
  await put(writer, "a/2/x");
  await clock.advance(60_000);
  assert.deepEqual(idle.batches, [{ events: [], revision: 2 }]);
  await clock.advance(60_000);
  assert.equal(idle.batches.length, 1, "nothing has changed since");
  await store.close();
});

test("a watch from before the history reads from the store, then shares", async () => {
  const { clock, store, upstream, writer } = setting({ events: 3, text: 1_000 });
  const first = new WatchRecorder(store, { prefix: "a/1/", from: 2 });
  await clock.advance(0);
  for (let count = 0; count < 8; count += 1) await put(writer, "a/1/x");
  await clock.advance(0);
  const late = new WatchRecorder(store, { prefix: "a/1/", from: 2 });
  await clock.advance(0);
  assert.deepEqual(late.lines, first.lines);
  await put(writer, "a/1/y");
  await clock.advance(0);
  assert.deepEqual(late.lines, first.lines);
  assert.equal(late.lines.length, 9);
  assert.deepEqual(upstream.opened, ["a/ from 1", "a/1/ from 2"]);
  assert.equal(upstream.ended, 1, "the watch of its own has ended");
  await store.close();
});

test("a family begins after the compacted revisions that its watches do not need", async () => {
  const { clock, server, store, upstream, writer } = setting();
  for (let count = 0; count < 8; count += 1) await put(writer, "a/1/x");
  await server.compact(5);
  const seen = new WatchRecorder(store, { prefix: "a/1/", from: 8 });
  const early = new WatchRecorder(store, { prefix: "a/1/", from: 7 });
  const lost = new WatchRecorder(store, { prefix: "a/1/", from: 5 });
  await clock.advance(0);
  assert.equal(seen.events.length, 2);
  assert.equal(early.events.length, 3);
  assert.ok(lost.error instanceof CompactedError);
  assert.deepEqual(upstream.opened, ["a/ from 1", "a/ from 6", "a/1/ from 5"]);
  await store.close();
});

test("a watch goes on without a family that needs what was compacted, if the watch does not", async () => {
  const { clock, server, store, upstream, writer } = setting();
  const behind = new WatchRecorder(store, { prefix: "a/1/", from: 2 });
  await clock.advance(0);
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  upstream.gate = gate;
  for (let count = 0; count < 5; count += 1) await put(writer, "a/1/x");
  await clock.advance(0);
  await server.compact(5);
  const late = new WatchRecorder(store, { prefix: "a/1/", from: 7 });
  await clock.advance(0);
  open();
  await clock.advance(0);
  await put(writer, "a/1/y");
  await clock.advance(0);
  assert.deepEqual(late.lines, ["put a/1/y=a/1/y @7"]);
  assert.equal(late.error, undefined);
  assert.ok(behind.error instanceof CompactedError);
  assert.deepEqual(upstream.opened, ["a/ from 1", "a/ from 1", "a/ from 6"]);
  await store.close();
});

test("a slow reader costs no memory: what the history has lost, its watch reads from the store", async () => {
  const { clock, store, upstream, writer } = setting({ events: 3, text: 1_000 });
  const revisions: number[] = [];
  const taken = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const { events } of store.watch({ prefix: "a/1/", from: 2 }, new AbortController().signal)) {
      revisions.push(...events.map(revisionOf));
      await taken.promise;
      if (revisions.length === 8) break;
    }
  })();
  await clock.advance(0);
  for (let count = 0; count < 8; count += 1) {
    await put(writer, "a/1/x");
    await clock.advance(0);
  }
  taken.resolve();
  await reading;
  assert.deepEqual(revisions, [2, 3, 4, 5, 6, 7, 8, 9]);
  assert.ok(upstream.opened.includes("a/1/ from 3"), upstream.opened.join());
  await store.close();
});

test("watches with the witness of another store are told so, and do not share", async () => {
  const { clock, store, upstream, writer } = setting();
  await writer.txn({ onSuccess: [{ put: WITNESS, value: "1" }] });
  const witness = { key: WITNESS, value: "1" };
  const right = new WatchRecorder(store, { prefix: "a/1/", from: 2, witness });
  const wrong = new WatchRecorder(store, { prefix: "a/1/", from: 2, witness: { key: WITNESS, value: "2" } });
  const another = new WatchRecorder(store, { prefix: "a/1/", from: 2, witness: { key: "a/1/x", value: "" } });
  await clock.advance(0);
  assert.ok(wrong.error instanceof StoreReplacedError);
  assert.ok(another.error instanceof StoreReplacedError);
  assert.deepEqual(upstream.opened, ["a/1/ from 2", "a/ from 1"]);
  await writer.txn({ onSuccess: [{ put: WITNESS, value: "3" }] });
  await put(writer, "a/1/x");
  await clock.advance(0);
  assert.ok(right.error instanceof StoreReplacedError);
  await store.close();
});

interface Setting {
  readonly clock: ManualClock;
  readonly server: MemoryStore;
  readonly store: Store;
  readonly writer: Store;
  /** The watches that reached the store. */
  readonly upstream: {
    readonly opened: string[];
    ended: number;
    /** Delays what a watch delivers. */
    gate: Promise<void>;
  };
}

function setting(limits: HistoryLimits = { events: 1_000, text: 100_000 }): Setting {
  const clock = new ManualClock();
  const server = new MemoryStore({ clock });
  const bare = server.connect();
  const upstream: Setting["upstream"] = { opened: [], ended: 0, gate: Promise.resolve() };
  const watched: Store = {
    revision: (signal) => bare.revision(signal),
    range: (request, signal) => bare.range(request, signal),
    txn: (txn, signal) => bare.txn(txn, signal),
    grant: (ttl, signal) => bare.grant(ttl, signal),
    resume: (id, ttl, signal) => bare.resume(id, ttl, signal),
    leaseTime: (id, signal) => bare.leaseTime(id, signal),
    close: () => bare.close(),
    async *watch(request, signal) {
      upstream.opened.push(`${request.prefix} from ${request.from}`);
      try {
        for await (const batch of bare.watch(request, signal)) {
          await upstream.gate;
          yield batch;
        }
      } finally {
        upstream.ended += 1;
      }
    },
  };
  const options = { families: ["a/", "b/"], witness: WITNESS, limits, clock, random: () => 0.5 };
  const store = withSharedWatches(watched, options);
  return { clock, server, store, writer: server.connect(), upstream };
}

async function put(store: Store, key: string): Promise<void> {
  await store.txn({ onSuccess: [{ put: key, value: key }] });
}
