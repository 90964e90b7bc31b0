import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { type LogFields, ManualClock, silentLogger } from "@flotilla/runtime";
import { MemoryStore } from "../memory/index.ts";
import { Mirror } from "./mirror.ts";
import type { MirrorChange } from "./change.ts";
import { keyOf, type Store } from "../port/index.ts";

interface Setting {
  readonly clock: ManualClock;
  readonly server: MemoryStore;
  readonly store: Store;
  readonly mirror: Mirror;
  readonly changes: MirrorChange[];
  readonly end: () => Promise<void>;
}

function start(prefix: string, wrap: (store: Store) => Store = (store) => store): Setting {
  const clock = new ManualClock();
  const server = new MemoryStore({ clock });
  const store = server.connect();
  const mirror = new Mirror({ store: wrap(store), prefix, clock, random: () => 0.5, log: silentLogger });
  const changes: MirrorChange[] = [];
  mirror.onChange((change) => changes.push(change));
  const stop = new AbortController();
  const running = mirror.run(stop.signal);
  return { clock, server, store, mirror, changes, end: async () => (stop.abort(), running) };
}

const timeLimit = (): AbortSignal => AbortSignal.timeout(5_000);

async function put(store: Store, key: string, value: string): Promise<number> {
  return (await store.txn({ onSuccess: [{ put: key, value }] })).revision;
}

function contents(mirror: Mirror): Record<string, string> {
  return Object.fromEntries([...mirror.entries].map(([key, { value }]) => [key, value]));
}

test("a fresh mirror shows every write that was acknowledged earlier", async () => {
  const { store, mirror, end } = start("a/");
  for (let round = 0; round < 20; round++) {
    await put(store, `a/${round}`, String(round));
    await mirror.fresh(timeLimit());
    assert.equal(mirror.entries.get(`a/${round}`)?.value, String(round));
  }
  await end();
});

test("one probe reaches a revision of a key outside of the prefix", async () => {
  let ranges = 0;
  const { clock, store, mirror, end } = start("a/", (inner) => ({
    ...bind(inner),
    range: (...args) => (ranges++, inner.range(...args)),
  }));
  await put(store, "a/1", "x");
  await clock.advance(0);
  await put(store, "b/1", "elsewhere");
  const before = ranges;
  const fresh = mirror.fresh(timeLimit());
  await clock.advance(60);
  await fresh;
  assert.equal(mirror.revision, await store.revision());
  assert.ok(ranges - before <= 1);
  await end();
});

test("a deletion always counts as a change", async () => {
  const { clock, store, mirror, end } = start("a/");
  await put(store, "a/1", "x");
  await clock.advance(0);
  await store.txn({ onSuccess: [{ delete: "a/1" }] });
  await mirror.fresh(timeLimit());
  assert.deepEqual(contents(mirror), {});
  await end();
});

test("after a new listing the listeners get new and deleted entries", async () => {
  const clock = new ManualClock();
  const server = new MemoryStore({ clock });
  const store = server.connect();
  await put(store, "a/stays", "1");
  await put(store, "a/goes", "1");
  let cut = new AbortController();
  const inner = server.connect();
  const mirror = new Mirror({
    store: { ...bind(inner), watch: (request, signal) => inner.watch(request, AbortSignal.any([signal, cut.signal])) },
    prefix: "a/",
    clock,
    random: () => 0.5,
    log: silentLogger,
  });
  const changes: MirrorChange[] = [];
  mirror.onChange((change) => changes.push(change));
  const stop = new AbortController();
  const running = mirror.run(stop.signal);
  await clock.advance(0);
  const lost = cut;
  cut = new AbortController();
  lost.abort(new Error("cut"));
  await store.txn({ onSuccess: [{ delete: "a/goes" }, { put: "a/new", value: "2" }] });
  await server.compact(await store.revision());
  await clock.advance(10_000);
  assert.deepEqual(contents(mirror), { "a/stays": "1", "a/new": "2" });
  const last = changes.at(-1);
  assert.equal(last?.relisted, true);
  assert.deepEqual(
    last?.events.map((event) => [event.type, keyOf(event)]),
    [
      ["delete", "a/goes"],
      ["put", "a/new"],
    ],
  );
  stop.abort();
  await running;
});

test("concurrent reads share a request to the store, but never one from before them", async () => {
  let reads = 0;
  const { clock, store, mirror, end } = start("a/", (inner) => ({
    ...bind(inner),
    revision: (signal) => (reads++, inner.revision(signal)),
  }));
  await clock.advance(0);
  await Promise.all(Array.from({ length: 50 }, () => mirror.fresh(timeLimit())));
  assert.ok(reads <= 2, `${reads} reads`);
  await put(store, "a/1", "x");
  await mirror.fresh(timeLimit());
  assert.equal(mirror.entries.get("a/1")?.value, "x");
  await end();
});

test("during an outage, waiting ends with the signal", async () => {
  const { clock, mirror, end } = start("a/", (inner) => ({
    ...bind(inner),
    range: () => Promise.reject(new Error("away")),
  }));
  const stop = new AbortController();
  const waiting = mirror.fresh(stop.signal);
  await clock.advance(200);
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  await end();
});

test("an emptied store is listed again, and the change is marked as a replacement", async () => {
  const { clock, server, store, mirror, changes, end } = start("a/");
  for (const key of ["a/1", "a/2", "a/3"]) await put(store, key, "x");
  await clock.advance(0);
  server.forgetAll();
  await put(store, "a/2", "y");
  const fresh = mirror.fresh(timeLimit());
  const written = mirror.reach(mirror.revision + 1, timeLimit());
  const inVain = assert.rejects(written, /lost its data/);
  await clock.advance(10_000);
  await Promise.all([fresh, inVain]);
  assert.deepEqual(contents(mirror), { "a/2": "y" });
  assert.equal(mirror.revision, await store.revision());
  assert.deepEqual(
    changes.map(({ replaced }) => replaced),
    [...changes.slice(1).map(() => false), true],
  );
  await put(store, "a/4", "z");
  await mirror.fresh(timeLimit());
  assert.deepEqual(contents(mirror), { "a/2": "y", "a/4": "z" });
  await end();
});

test("the witness reveals a replaced store that has reached a higher revision", async () => {
  const clock = new ManualClock();
  const server = new MemoryStore({ clock });
  const store = server.connect();
  let isUp = true;
  const cut = server.connect({
    faults: { before: () => (isUp ? Promise.resolve() : Promise.reject(new Error("cut"))) },
  });
  await put(store, "id", "first");
  await put(store, "a/1", "x");
  const mirror = new Mirror({ store: cut, prefix: "a/", witness: "id", clock, random: () => 0.5, log: silentLogger });
  const stop = new AbortController();
  const running = mirror.run(stop.signal);
  await clock.advance(0);
  assert.deepEqual(contents(mirror), { "a/1": "x" });
  isUp = false;
  server.forgetAll();
  await put(store, "id", "second");
  for (let round = 0; round < 10; round++) await put(store, "a/2", String(round));
  isUp = true;
  await clock.advance(10_000);
  assert.deepEqual(contents(mirror), { "a/2": "9" });
  assert.equal(mirror.witness, "second");
  stop.abort();
  await running;
});

test("a read does not accept a copy that is ahead of the store, even before the watch ends", async () => {
  let isNoticed = false;
  const silent = new MemoryStore({ clock: new ManualClock() }).connect();
  const { clock, server, store, mirror, end } = start("a/", (inner) => ({
    ...bind(inner),
    watch: (request, signal) =>
      isNoticed ? inner.watch(request, signal) : silent.watch({ prefix: "", from: 1 }, signal),
  }));
  await put(store, "a/1", "x");
  await clock.advance(0);
  await put(store, "b/1", "x");
  await clock.advance(0);
  server.forgetAll();
  isNoticed = true;
  const fresh = mirror.fresh(timeLimit());
  await clock.advance(10_000);
  await fresh;
  assert.deepEqual(contents(mirror), {});
  await end();
});

function bind(store: Store): Store {
  return {
    revision: (signal) => store.revision(signal),
    range: (request, signal) => store.range(request, signal),
    txn: (txn, signal) => store.txn(txn, signal),
    watch: (request, signal) => store.watch(request, signal),
    grant: (ttl, signal) => store.grant(ttl, signal),
    resume: (id, ttl, signal) => store.resume(id, ttl, signal),
    leaseTime: (id, signal) => store.leaseTime(id, signal),
    close: () => store.close(),
  };
}

test("a listener that throws gets everything again, and reads wait until then", async () => {
  const { clock, store, mirror, end } = start("a/");
  await put(store, "a/0", "stays");
  await put(store, "a/1", "goes");
  await clock.advance(0);
  const view = new Map<string, string>([...mirror.entries].map(([key, { value }]) => [key, value]));
  let faults = 1;
  mirror.onChange(({ events }) => {
    for (const event of events) {
      if (faults-- > 0) throw new TypeError("x is undefined");
      if (event.type === "put") view.set(event.entry.key, event.entry.value);
      else view.delete(event.key);
    }
  });
  await store.txn({ onSuccess: [{ delete: "a/1" }, { put: "a/2", value: "comes" }] });
  await clock.advance(0);
  assert.equal(mirror.synced, false);
  await clock.advance(1_000);
  assert.equal(mirror.synced, true);
  assert.deepEqual(Object.fromEntries(view), { "a/0": "stays", "a/2": "comes" });
  await end();
});

test("a listener that keeps throwing a programming error ends the mirror with it, and its stack is logged", async () => {
  const lines: LogFields[] = [];
  const log = { ...silentLogger, error: (_: string, fields: LogFields = {}) => void lines.push(fields) };
  const clock = new ManualClock();
  const store = new MemoryStore({ clock }).connect();
  const mirror = new Mirror({ store, prefix: "", clock, random: () => 0.5, log });
  const fault = new TypeError("x is undefined");
  mirror.onChange(() => {
    throw fault;
  });
  const ended = assert.rejects(mirror.run(new AbortController().signal), fault);
  await clock.advance(30_000);
  await ended;
  assert.equal(lines.length, 4);
  for (const { stack } of lines) assert.match(String(stack), /TypeError: x is undefined\n {4}at /);
});

test("a listener that throws because of an outage gets everything again until it succeeds", async () => {
  const { clock, store, mirror, end } = start("a/");
  await clock.advance(0);
  let isFull = true;
  const seen: string[] = [];
  mirror.onChange(({ events }) => {
    if (isFull) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    seen.push(...events.map(keyOf));
  });
  await put(store, "a/1", "x");
  await clock.advance(60_000);
  assert.equal(mirror.synced, false);
  isFull = false;
  await clock.advance(10_000);
  assert.deepEqual(seen, ["a/1"]);
  await end();
});

test("long listings and long batches are applied in parts, and readers see only whole states", async () => {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock }).connect();
  const keys = Array.from({ length: 1_203 }, (_, index) => `a/${String(index).padStart(4, "0")}`);
  const write = async (value: string): Promise<void> => {
    for (let from = 0; from < keys.length; from += 100)
      await store.txn({ onSuccess: keys.slice(from, from + 100).map((key) => ({ put: key, value })) });
  };
  await write("first");
  const watch: Store["watch"] = async function* (request, signal) {
    // Delivers all changes in one batch, as after a pause.
    const events = [];
    let revision = 0;
    for await (const batch of store.watch(request, signal)) {
      events.push(...batch.events);
      revision = batch.revision;
      if (events.length === keys.length) yield { events: events.splice(0), revision };
    }
  };
  const common = { prefix: "a/", clock, random: () => 0.5, log: silentLogger, inParts: true };
  const mirror = new Mirror({ ...common, store: { ...bind(store), watch } });
  const parts: { events: number; synced: boolean; revision: number }[] = [];
  mirror.onChange(({ events }) => {
    parts.push({ events: events.length, synced: mirror.synced, revision: mirror.revision });
    // A revision is shown as a whole or not at all.
    if (mirror.synced)
      assert.ok([...mirror.entries.values()].filter(({ value }) => value === "second").length % 100 < 4);
  });
  const stop = new AbortController();
  const running = mirror.run(stop.signal);
  await mirror.fresh(timeLimit());
  assert.deepEqual(
    parts.map(({ events, synced }) => [events, synced]),
    [
      [500, false],
      [500, false],
      [203, true],
    ],
  );
  const listed = mirror.revision;
  await write("second");
  await mirror.fresh(timeLimit());
  assert.deepEqual(
    parts.slice(3).map(({ events }) => events),
    [500, 500, 203],
  );
  assert.deepEqual(
    parts.slice(3).map(({ revision }) => revision - listed),
    [5, 10, 13],
  );
  stop.abort();
  await running;
});

test("the long listing of a replaced store is applied in parts, and everything is repeated after a failed part", async () => {
  const clock = new ManualClock();
  const server = new MemoryStore({ clock });
  const store = server.connect();
  const write = async (prefix: string, value: string, count: number): Promise<void> => {
    for (let from = 0; from < count; from += 100)
      await store.txn({ onSuccess: numbers(100).map((index) => ({ put: `a/${prefix}${from + index}`, value })) });
  };
  await write("old", "first", 1_200);
  const mirror = new Mirror({ store, prefix: "a/", clock, random: () => 0.5, log: silentLogger, inParts: true });
  const [view, parts] = [new Map<string, string>(), [] as boolean[]];
  const faultyParts = new Set<number>();
  mirror.onChange(({ events }) => {
    parts.push(mirror.synced);
    if (faultyParts.has(parts.length)) throw new TypeError("x is undefined");
    for (const event of events)
      if (event.type === "put") view.set(event.entry.key, event.entry.value);
      else view.delete(event.key);
  });
  const stop = new AbortController();
  const running = mirror.run(stop.signal);
  await mirror.fresh(timeLimit());
  parts.length = 0;
  // The first part has the deletions, and so has each repetition.
  for (const part of [1, 3]) faultyParts.add(part);
  server.forgetAll();
  await write("new", "second", 1_100);
  // The read reveals that the store is another one.
  await assert.rejects(mirror.fresh(AbortSignal.timeout(0)));
  for (let turns = 0; parts.at(-1) !== true && turns < 1_000; turns += 1) await clock.advance(100);
  assert.deepEqual(parts.slice(0, 3), [false, false, false]);
  assert.deepEqual(
    parts.slice(3).filter((synced) => synced),
    [true],
  );
  assert.deepEqual(Object.fromEntries(view), contents(mirror));
  assert.equal(view.size, 1_100);
  stop.abort();
  await running;
});

test("a reader sees a whole state in the turn in which the copy became fresh", async () => {
  const clock = new ManualClock();
  const server = new MemoryStore({ clock });
  const store = server.connect();
  const write = async (value: string): Promise<void> => {
    await put(store, "witness", value);
    for (let from = 0; from < 700; from += 100)
      await store.txn({ onSuccess: numbers(100).map((index) => ({ put: `a/${from + index}`, value })) });
  };
  await write("first");
  const common = { clock, random: () => 0.5, log: silentLogger, inParts: true };
  const mirror = new Mirror({ store, prefix: "a/", witness: "witness", ...common });
  const stop = new AbortController();
  const running = mirror.run(stop.signal);
  await mirror.fresh(timeLimit());
  server.forgetAll();
  await write("second");
  const kinds = new Set<string>();
  const look = async (): Promise<void> => {
    for (let looks = 0; looks < 2_000 && !kinds.has("second"); looks += 1) {
      await mirror.fresh(timeLimit()).catch(() => {});
      const values = new Set([...mirror.entries.values()].map(({ value }) => value));
      kinds.add([...values].join(" and "));
      await setImmediate();
    }
  };
  await Promise.all([look(), clock.advance(10_000)]);
  assert.deepEqual([...kinds], ["first", "second"]);
  stop.abort();
  await running;
});

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
