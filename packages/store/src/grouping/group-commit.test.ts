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
  test("one write alone goes at once, and as it is", async () => {
    const { store, txns } = setting();
    const txn = create("a");
    const written = store.txn(txn);
    assert.deepEqual(txns, [txn]);
    assert.deepEqual(await written, { succeeded: true, revision: 2 });
    await store.txn(create("b"));
    assert.equal(txns.length, 2);
  });

  test("what comes during a write goes together into the next one", async () => {
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

  test("a compare that fails is its own caller's affair", async () => {
    const { store, txns } = setting();
    await store.txn(create("taken"));
    const results = await Promise.all(["a", "b", "taken", "c"].map((key) => store.txn(create(key))));
    assert.deepEqual(
      results.map(({ succeeded }) => succeeded),
      [true, true, false, true],
    );
    assert.equal(txns.length, 2 + 1 + 3, "the first, the joint one, and each of it");
    assert.deepEqual(await keysOf(store), ["a", "b", "c", "taken"]);
  });

  test("what is refused is its own caller's affair", async () => {
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

  test("the same file for many units is written once; another text under its key is not left out", async () => {
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

  test("more than a transaction holds goes into several, side by side", async () => {
    const { store, txns } = setting();
    const names = Array.from({ length: 300 }, (_, index) => String(index));
    const results = await Promise.all(names.map((key) => store.txn(create(key))));
    assert.ok(results.every(({ succeeded }) => succeeded));
    assert.deepEqual(
      txns.map(({ onSuccess }) => onSuccess.length),
      [1, MAX_TXN_OPS, MAX_TXN_OPS, 43],
    );
  });

  test("large files do not make a request that etcd would refuse", async () => {
    const { store, txns } = setting();
    const large = (key: string): Txn => ({ onSuccess: [{ put: key, value: "x".repeat(100_000) }] });
    await Promise.all(["a", "b", "c", "d", "e", "f"].map((key) => store.txn(large(key))));
    assert.deepEqual(
      txns.map(({ onSuccess }) => onSuccess.length),
      [1, 2, 2, 1],
    );
  });

  test("whoever deletes a prefix goes alone", async () => {
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
    test(`an outcome that is not known is not known to any: ${error.name}`, async () => {
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

  test("the write under way may fail; those who waited for it are written all the same", async () => {
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

  test("a caller that leaves while it waits is answered at once, and nothing is written for it", async () => {
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

  test("a caller that leaves during the write is answered at once, and the others in time", async () => {
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

  test("many who count up the same few keys lose no step and double none, whatever goes wrong", async () => {
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
  /** What went to the store beneath. */
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
