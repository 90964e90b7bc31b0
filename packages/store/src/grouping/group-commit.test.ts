import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import fc from "fast-check";
import { storeContract } from "../contract/index.ts";
import { withGroupCommit } from "./group-commit.ts";
import { type Call, type Faults, MemoryStore } from "../memory/index.ts";
import { MAX_TXN_OPS, type Store, type Txn } from "../port/index.ts";
import { LeaseLostError, StoreTimeoutError, StoreUnavailableError } from "../port/store-error.ts";

storeContract("a store with group commit", async () => {
  const clock = new ManualClock();
  const server = new MemoryStore({ clock });
  return {
    connect: async () => withGroupCommit(server.connect()),
    compact: (revision) => server.compact(revision),
    replace: async () => server.forgetAll(),
    elapse: (ms) => clock.advance(ms),
    close: async () => server.close(),
  };
});

describe("group commit", () => {
  test("a single write is sent at once, unchanged", async () => {
    const { store, txns } = setting();
    const txn = create("a");
    const written = store.txn(txn);
    assert.deepEqual(txns, [txn]);
    assert.deepEqual(await written, { succeeded: true, revision: 2 });
    await store.txn(create("b"));
    assert.equal(txns.length, 2);
  });

  test("transactions that arrive during a write are combined into the next one", async () => {
    const { store, txns } = setting();
    const results = await Promise.all(["a", "b", "c", "d"].map((key) => store.txn(create(key))));
    assert.deepEqual(
      results.map(({ revision }) => revision),
      [2, 3, 3, 3],
    );
    assert.deepEqual(
      txns.map(({ compare, onSuccess }) => [compare?.length, onSuccess.length]),
      [
        [1, 1],
        [3, 3],
      ],
    );
  });

  test("a failed compare affects only its own caller", async () => {
    const { store, txns } = setting();
    await store.txn(create("taken"));
    const results = await Promise.all(["a", "b", "taken", "c"].map((key) => store.txn(create(key))));
    assert.deepEqual(
      results.map(({ succeeded }) => succeeded),
      [true, true, false, true],
    );
    assert.equal(txns.length, 2 + 1 + 3, "the first, the joint one, and each of its transactions");
    assert.deepEqual(await keysOf(store), ["a", "b", "c", "taken"]);
  });

  test("a refusal affects only its own caller", async () => {
    const { store } = setting();
    const leased: Txn = { onSuccess: [{ put: "leased", value: "", lease: "4242" }] };
    const [first, second, third] = await Promise.allSettled(
      [create("a"), create("b"), leased].map((txn) => store.txn(txn)),
    );
    assert.equal(first?.status, "fulfilled");
    assert.equal(second?.status, "fulfilled");
    assert.ok(third?.status === "rejected" && third.reason instanceof LeaseLostError);
    assert.deepEqual(await keysOf(store), ["a", "b"]);
  });

  test("equal puts of one key are written once; a different value for the key is not dropped", async () => {
    const { store, txns } = setting();
    const unit = (name: string, text: string): Txn => ({
      compare: [{ key: name, modRevision: 0 }],
      onSuccess: [
        { put: "file", value: text },
        { put: name, value: "" },
      ],
    });
    await Promise.all([unit("a", "x"), unit("b", "x"), unit("c", "x"), unit("d", "y")].map((txn) => store.txn(txn)));
    assert.deepEqual(
      txns.map(({ onSuccess }) => onSuccess.length),
      [2, 3, 2],
    );
    assert.deepEqual(await keysOf(store), ["a", "b", "c", "d", "file"]);
  });

  test("more operations than a transaction may have are sent in several, in parallel", async () => {
    const { store, txns } = setting();
    const names = Array.from({ length: 300 }, (_, index) => String(index));
    const results = await Promise.all(names.map((key) => store.txn(create(key))));
    assert.ok(results.every(({ succeeded }) => succeeded));
    assert.deepEqual(
      txns.map(({ onSuccess }) => onSuccess.length),
      [1, MAX_TXN_OPS, MAX_TXN_OPS, 43],
    );
  });

  test("large values are not combined into a request that etcd would refuse", async () => {
    const { store, txns } = setting();
    const large = (key: string): Txn => ({ onSuccess: [{ put: key, value: "x".repeat(100_000) }] });
    await Promise.all(["a", "b", "c", "d", "e", "f"].map((key) => store.txn(large(key))));
    assert.deepEqual(
      txns.map(({ onSuccess }) => onSuccess.length),
      [1, 2, 2, 1],
    );
  });

  test("a transaction that deletes a prefix is sent alone", async () => {
    const { store, txns } = setting();
    await Promise.all(
      [create("a"), create("p/a"), { onSuccess: [{ deletePrefix: "p/" }] }, create("b")].map((txn) => store.txn(txn)),
    );
    assert.deepEqual(
      txns.map(({ onSuccess }) => onSuccess.length),
      [1, 1, 1, 1],
    );
  });

  for (const error of [new StoreUnavailableError("The connection was lost."), new StoreTimeoutError("No answer.")]) {
    test(`an unknown outcome is unknown to each caller: ${error.name}`, async () => {
      const { store, faults } = setting();
      let calls = 0;
      faults.after = async () => {
        calls += 1;
        if (calls === 2) throw error;
      };
      const results = await Promise.allSettled(["a", "b", "c"].map((key) => store.txn(create(key))));
      assert.deepEqual(
        results.map((result) => (result.status === "rejected" ? String(result.reason) : "written")),
        ["written", String(error), String(error)],
      );
      assert.equal(calls, 2, "nothing is written twice");
      assert.deepEqual(await keysOf(store), ["a", "b", "c"]);
    });
  }

  test("waiting transactions are written even if the current write fails", async () => {
    const { store, faults } = setting();
    faults.before = async () => {
      faults.before = undefined;
      throw new StoreUnavailableError("The connection was lost.");
    };
    const results = await Promise.allSettled(["a", "b", "c"].map((key) => store.txn(create(key))));
    assert.deepEqual(
      results.map(({ status }) => status),
      ["rejected", "fulfilled", "fulfilled"],
    );
    assert.deepEqual(await keysOf(store), ["b", "c"]);
  });

  test("a caller that aborts while it waits is rejected at once, and its transaction is not written", async () => {
    const { store, txns } = setting();
    const gone = new AbortController();
    const first = store.txn(create("a"));
    const second = store.txn(create("b"), gone.signal);
    const third = store.txn(create("c"));
    gone.abort(new Error("gone"));
    await assert.rejects(second, /gone/);
    await Promise.all([first, third]);
    await assert.rejects(store.txn(create("d"), gone.signal), /gone/);
    assert.deepEqual(await keysOf(store), ["a", "c"]);
    assert.equal(txns.length, 2);
  });

  test("a caller that aborts during the write is rejected at once, and the others get their results", async () => {
    const { store, faults } = setting();
    const gone = new AbortController();
    const held = Promise.withResolvers<void>();
    let calls = 0;
    faults.after = async () => {
      calls += 1;
      if (calls !== 2) return;
      gone.abort(new Error("gone"));
      await held.promise;
    };
    const first = store.txn(create("a"));
    const second = store.txn(create("b"), gone.signal);
    const third = store.txn(create("c"));
    await first;
    await assert.rejects(second, /gone/);
    held.resolve();
    await third;
    assert.deepEqual(await keysOf(store), ["a", "b", "c"]);
  });

  test("concurrent increments of a few keys are applied exactly once under faults", async () => {
    const steps = fc.record({
      keys: fc.array(fc.nat(3), { minLength: 1, maxLength: 3 }),
      fails: fc.nat(9),
      tries: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 30 }), async (clients) => {
        const { store, faults } = setting();
        let calls = 0;
        faults.before = async () => {
          const { fails = 0 } = clients[(calls += 1) % clients.length] ?? {};
          if (fails === 9) throw new StoreUnavailableError("The connection was lost.");
        };
        const counted = new Map<string, number>();
        const count = async (keys: readonly number[]): Promise<void> => {
          const entries = await entriesOf(store);
          const names = [...new Set(keys)].map(String);
          const { succeeded } = await store.txn({
            compare: names.map((key) => ({ key, modRevision: entries.get(key)?.modRevision ?? 0 })),
            onSuccess: names.map((put) => ({ put, value: String(Number(entries.get(put)?.value ?? 0) + 1) })),
          });
          for (const key of succeeded ? names : []) counted.set(key, (counted.get(key) ?? 0) + 1);
        };
        await Promise.all(
          clients.map(async ({ keys, tries }) => {
            for (let each = 0; each <= tries; each++) await count(keys).catch(() => {});
          }),
        );
        faults.before = undefined;
        const stored = [...(await entriesOf(store))].map(([key, { value }]) => [key, Number(value)] as const);
        assert.deepEqual(new Map(stored), counted);
      }),
    );
  });
});

interface Setting {
  readonly store: Store;
  /** The transactions that reached the wrapped store. */
  readonly txns: Txn[];
  readonly faults: { before: Faults["before"] | undefined; after: Faults["after"] | undefined };
}

function setting(): Setting {
  const txns: Txn[] = [];
  const faults: Setting["faults"] = { before: undefined, after: undefined };
  const before = async (call: Call, signal: AbortSignal): Promise<void> => {
    if (call.type !== "txn") return;
    txns.push(call.txn);
    await faults.before?.(call, signal);
  };
  const after = async (call: Call, signal: AbortSignal): Promise<void> => {
    if (call.type === "txn") await faults.after?.(call, signal);
  };
  const server = new MemoryStore({ clock: new ManualClock() });
  return { store: withGroupCommit(server.connect({ faults: { before, after } })), txns, faults };
}

function create(key: string): Txn {
  return { compare: [{ key, modRevision: 0 }], onSuccess: [{ put: key, value: "" }] };
}

async function entriesOf(store: Store) {
  return new Map((await store.range({ prefix: "" })).entries.map((entry) => [entry.key, entry]));
}

async function keysOf(store: Store): Promise<string[]> {
  return [...(await entriesOf(store)).keys()];
}
