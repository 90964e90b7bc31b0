import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import { type LeaseCallsHarness, leaseCallsContract, storeContract } from "../contract/index.ts";
import { MemoryStore } from "../memory/index.ts";
import { CompactedError, StoreRefusedError } from "../port/store-error.ts";
import { baseValue } from "./base.ts";
import { ContinuedStore } from "./continued-store.ts";

const BASE = 1_000_000;
const KEY = "store/base";

async function serverAt(base: number) {
  const clock = new ManualClock();
  const server = new MemoryStore({ clock });
  await server.connect().txn({ onSuccess: [{ put: KEY, value: baseValue(base) }] });
  return { clock, server, open: () => new ContinuedStore({ store: server.connect(), baseKey: KEY }) };
}

for (const [name, base] of [
  ["a copied store", BASE],
  ["a store that is not a copy", 0],
] as const) {
  const start = async (): Promise<LeaseCallsHarness> => {
    const { clock, server, open } = await serverAt(base);
    return {
      connect: async () => open(),
      compact: (revision) => server.compact(revision - base),
      replace: async () => server.forgetAll(),
      elapse: (ms) => clock.advance(ms),
      close: async () => server.close(),
    };
  };
  storeContract(name, start);
  leaseCallsContract(name, start);
}

test("a copy answers neither reads nor watches at revisions of the original", async () => {
  const { server, open } = await serverAt(BASE);
  const store = open();
  assert.ok((await store.revision()) > BASE);
  for (const revision of [1, BASE]) {
    await assert.rejects(store.range({ prefix: "", revision }), CompactedError);
    const watch = store.watch({ prefix: "", from: revision }, AbortSignal.timeout(5_000));
    await assert.rejects(watch[Symbol.asyncIterator]().next(), CompactedError);
  }
  server.close();
});

test("a write that was decided on the original has no effect on the copy, even when the numbers are equal", async () => {
  const { server, open } = await serverAt(BASE);
  const store = open();
  const { revision } = await store.txn({ onSuccess: [{ put: "k", value: "copied" }] });
  const stale = revision - BASE;
  for (const compare of [
    { key: "k", modRevision: stale },
    { key: "k", createRevision: stale },
  ]) {
    const { succeeded } = await store.txn({ compare: [compare], onSuccess: [{ put: "k", value: "stale" }] });
    assert.equal(succeeded, false);
  }
  const compare = [{ key: "k", modRevision: revision }];
  assert.ok((await store.txn({ compare, onSuccess: [{ delete: "k" }] })).succeeded);
  server.close();
});

for (const value of ["", "7", "{}", `{"revision":"7"}`, `{"revision":1.5}`])
  test(`a base of ${JSON.stringify(value)} is refused: every revision would be wrong`, async () => {
    const server = new MemoryStore({ clock: new ManualClock() });
    await server.connect().txn({ onSuccess: [{ put: KEY, value }] });
    await assert.rejects(new ContinuedStore({ store: server.connect(), baseKey: KEY }).revision(), StoreRefusedError);
    server.close();
  });
