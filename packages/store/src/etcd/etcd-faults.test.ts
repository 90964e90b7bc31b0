import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { silentLogger, systemClock } from "@flotilla/runtime";
import { eventually, freePort, WatchRecorder } from "../contract/index.ts";
import { calls } from "../contract/ending-contract.ts";
import { Mirror } from "../mirror/mirror.ts";
import { CompactedError, StoreUnavailableError } from "../port/store-error.ts";
import { createOnce, isOutage } from "./until-served.fixture.ts";
import { EtcdFixture } from "./etcd.fixture.ts";

const EVENTS = 3_000;
const TIMEOUT_MS = 400;

test("a watch delivers each change once across three cuts, a restart and a compaction", async () => {
  await using etcd = await EtcdFixture.start();
  const [writer, watcher] = [etcd.direct(), etcd.proxied({ requestTimeoutMs: 1_000 })];
  const seen = new WatchRecorder(watcher, { prefix: "e/", from: 1 });
  const disturb: Readonly<Record<number, () => Promise<void>>> = {
    500: async () => etcd.proxy.cut(),
    1_000: async () => {
      await eventually(etcd, "all so far", () => seen.events.length >= 1_000);
      await etcd.compact(await writer.revision());
    },
    1_500: async () => etcd.proxy.cut(),
    2_000: () => etcd.server.restart(),
    2_500: async () => etcd.proxy.cut(),
  };
  for (let first = 0; first < EVENTS; first += 100) {
    const names = Array.from({ length: 100 }, (_, index) => `e/${first + index}`);
    await Promise.all([...names.map((name) => createOnce(etcd, writer, name)), disturb[first]?.()]);
  }
  await eventually(etcd, "every event", () => seen.events.length >= EVENTS, 15_000);
  await seen.stop();
  assert.equal(seen.events.length, EVENTS);
  const revisions = seen.events.map((event) => (event.type === "put" ? event.entry.modRevision : event.modRevision));
  assert.deepEqual(
    revisions,
    [...new Set(revisions)].sort((left, right) => left - right),
  );
  const keys = new Set(seen.events.map((event) => (event.type === "put" ? event.entry.key : "")));
  assert.equal(keys.size, EVENTS);
});

test("a watch that was disconnected during a compaction ends with CompactedError, and a mirror lists again", async () => {
  await using etcd = await EtcdFixture.start();
  const [writer, watcher] = [etcd.direct(), etcd.proxied({ requestTimeoutMs: TIMEOUT_MS })];
  await Promise.all(["a", "b", "c"].map((name) => createOnce(etcd, writer, `m/${name}`)));
  const seen = new WatchRecorder(watcher, { prefix: "m/", from: 1 });
  const mirror = new Mirror({
    store: watcher,
    prefix: "m/",
    clock: systemClock,
    random: Math.random,
    log: silentLogger,
  });
  const stop = new AbortController();
  const running = mirror.run(stop.signal);
  await eventually(etcd, "a first copy", () => mirror.entries.size === 3 && seen.events.length === 3);
  etcd.proxy.mode = "stall";
  etcd.proxy.cut();
  await writer.txn({ onSuccess: [{ delete: "m/b" }, { put: "m/d", value: "new" }] });
  const { revision } = await writer.txn({ onSuccess: [{ put: "m/a", value: "changed" }] });
  await etcd.compact(revision);
  etcd.proxy.mode = "pass";
  etcd.proxy.cut();
  await eventually(etcd, "the end of the watch", () => seen.error !== undefined);
  assert.ok(seen.error instanceof CompactedError, String(seen.error));
  await mirror.reach(revision, AbortSignal.timeout(10_000));
  const copy = [...mirror.entries.values()].map(({ key, value }) => `${key}=${value}`);
  assert.deepEqual(copy.sort(), ["m/a=changed", "m/c=", "m/d=new"]);
  stop.abort();
  await running;
});

test("leaseTime can have a longer time limit than other calls", async () => {
  await using etcd = await EtcdFixture.start();
  const store = etcd.proxied({ requestTimeoutMs: TIMEOUT_MS });
  const lease = await store.grant(60_000);
  etcd.proxy.mode = "stall";
  const patient = store.leaseTime(lease.id, undefined, 10 * TIMEOUT_MS);
  await assert.rejects(store.leaseTime(lease.id), isOutage);
  etcd.proxy.mode = "pass";
  assert.ok(((await patient)?.surelyLeftMs ?? 0) > 0);
});

test("a watch detects a silently dead connection", async () => {
  await using etcd = await EtcdFixture.start();
  const [writer, watcher] = [etcd.direct(), etcd.proxied({ requestTimeoutMs: 400 })];
  const seen = new WatchRecorder(watcher, { prefix: "s/", from: 1 });
  await createOnce(etcd, writer, "s/1");
  await eventually(etcd, "the first event", () => seen.events.length === 1);
  etcd.proxy.mode = "black-hole";
  await createOnce(etcd, writer, "s/2");
  etcd.proxy.mode = "pass";
  await eventually(etcd, "the second event, on a new connection", () => seen.events.length === 2);
  await seen.stop();
});

test("a quiet watch stays open", async () => {
  await using etcd = await EtcdFixture.start();
  const lines: string[] = [];
  const log = { ...silentLogger, warn: (line: string, fields?: object) => lines.push(line + JSON.stringify(fields)) };
  const watcher = etcd.proxied({ requestTimeoutMs: 150, log });
  const seen = new WatchRecorder(watcher, { prefix: "q/", from: 1 });
  await etcd.elapse(2_400);
  await createOnce(etcd, etcd.direct(), "q/1");
  await eventually(etcd, "the event", () => seen.events.length === 1);
  await seen.stop();
  assert.deepEqual(lines, []);
});

test("a disconnected holder learns that its lease is lost before its key is deleted", async () => {
  await using etcd = await EtcdFixture.start();
  const [holder, other] = [etcd.proxied({ requestTimeoutMs: 1_000 }), etcd.direct()];
  const lease = await holder.grant(2_000);
  const { revision } = await holder.txn({ onSuccess: [{ put: "leader", value: "me", lease: lease.id }] });
  const seen = new WatchRecorder(other, { prefix: "leader", from: revision + 1 });
  await etcd.elapse(lease.ttlMs / 2);
  etcd.proxy.mode = "black-hole";
  let knew = Number.POSITIVE_INFINITY;
  lease.lost.addEventListener("abort", () => (knew = performance.now()));
  await eventually(etcd, "the end of the key", () => seen.events.length > 0, 10_000);
  assert.ok(knew < performance.now(), "the holder did not know");
  await seen.stop();
});

for (const mode of ["stall", "black-hole"] as const) {
  test(`no call pends forever behind a ${mode}, on an open or a new connection`, async () => {
    await using etcd = await EtcdFixture.start();
    const [open, fresh] = [0, 1].map(() => etcd.proxied({ requestTimeoutMs: TIMEOUT_MS }));
    assert.ok(open !== undefined && fresh !== undefined);
    const lease = await open.grant(30_000);
    etcd.proxy.mode = mode;
    const revoke = (): Promise<void> => lease.revoke();
    const results = await Promise.allSettled(
      [open, fresh].flatMap((store) => [...Object.values(calls), revoke].map((call) => call(store))),
    );
    for (const result of results) {
      assert.ok(result.status === "rejected" && isOutage(result.reason), JSON.stringify(result));
    }
    const reason = new Error("enough");
    const aborted = new AbortController();
    const pending = Object.values(calls).map((call) => call(open, aborted.signal));
    aborted.abort(reason);
    for (const result of await Promise.allSettled(pending)) {
      assert.deepEqual(result, { status: "rejected", reason });
    }
    etcd.proxy.mode = "pass";
    for (const store of [open, fresh])
      await eventually(etcd, "service again", () =>
        store.revision().then(
          () => true,
          () => false,
        ),
      );
  });
}

test("with several endpoints, calls and watches use one that serves", async () => {
  await using etcd = await EtcdFixture.start();
  const endpoints = [`http://127.0.0.1:${await freePort()}`, etcd.proxy.address, etcd.server.endpoint];
  const store = etcd.client({ endpoints, requestTimeoutMs: 1_000, random: () => 0 });
  const first = await store.txn({ onSuccess: [{ put: "f/1", value: "" }] });
  const seen = new WatchRecorder(store, { prefix: "f/", from: first.revision });
  await eventually(etcd, "the first event", () => seen.events.length === 1);
  etcd.proxy.mode = "black-hole";
  assert.equal(await store.revision(), first.revision);
  await store.txn({ onSuccess: [{ put: "f/2", value: "" }] });
  await eventually(etcd, "the second event", () => seen.events.length === 2, 10_000);
  await seen.stop();
});

test("the error for a missing etcd names it and says what to do; once etcd runs, the same client works", async () => {
  await using etcd = await EtcdFixture.start();
  const store = etcd.direct({ requestTimeoutMs: 1_000 });
  await etcd.server.crash();
  for (const call of Object.values(calls)) {
    await assert.rejects(call(store), (error: Error) => {
      assert.ok(error instanceof StoreUnavailableError, String(error));
      assert.match(error.message, new RegExp(`${etcd.server.port}.*check that etcd runs`));
      return true;
    });
  }
  await etcd.server.resume();
  await eventually(etcd, "service", () =>
    store.revision().then(
      () => true,
      () => false,
    ),
  );
});

test("while etcd is down, many failing calls and watches make few attempts to connect", async () => {
  await using etcd = await EtcdFixture.start();
  const store = etcd.direct({ requestTimeoutMs: 1_000 });
  await store.revision();
  await etcd.server.crash();
  let attempts = 0;
  const refusing = createServer((socket) => {
    attempts += 1;
    socket.resetAndDestroy();
  });
  await once(refusing.listen(etcd.server.port, etcd.server.host), "listening");
  const watches = Array.from({ length: 20 }, () => new WatchRecorder(store, { prefix: "", from: 1 }));
  for (let round = 0; round < 5; round++) {
    await Promise.all(Array.from({ length: 50 }, () => assert.rejects(store.revision(), isOutage)));
    await etcd.elapse(200);
  }
  refusing.close();
  await once(refusing, "close");
  assert.ok(attempts < 50, `250 calls and 20 watches made ${attempts} attempts`);
  await etcd.server.resume();
  await eventually(etcd, "service", () =>
    store.revision().then(
      () => true,
      () => false,
    ),
  );
  for (const watch of watches) await watch.stop();
});
