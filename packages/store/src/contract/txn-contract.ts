import assert from "node:assert/strict";
import { test } from "node:test";
import { type Compare, MAX_TXN_OPS, type Op, type Txn } from "../port/index.ts";
import { LeaseLostError, StoreRefusedError } from "../port/store-error.ts";
import type { StoreHarness } from "./harness.ts";

export function txnContract(use: () => StoreHarness): void {
  test("all operations of a transaction have one revision; a transaction without changes creates none", async () => {
    const store = await use().connect();
    const before = await store.revision();
    const written = await store.txn({
      onSuccess: [
        { put: "one/a", value: "1" },
        { put: "one/b", value: "2" },
      ],
    });
    assert.deepEqual(written, { succeeded: true, revision: before + 1 });
    const nothing = await store.txn({ onSuccess: [{ delete: "one/none" }, { deletePrefix: "one/none/" }] });
    assert.deepEqual(nothing, { succeeded: true, revision: before + 1 });
    assert.deepEqual(await store.txn({ onSuccess: [] }), { succeeded: true, revision: before + 1 });
  });

  test("compares", async () => {
    const store = await use().connect();
    const created = (await store.txn({ onSuccess: [{ put: "cmp/a", value: "1" }] })).revision;
    const modified = (await store.txn({ onSuccess: [{ put: "cmp/a", value: "2" }] })).revision;
    const rows: readonly [readonly Compare[], boolean][] = [
      [[{ key: "cmp/a", createRevision: created }], true],
      [[{ key: "cmp/a", createRevision: modified }], false],
      [[{ key: "cmp/a", createRevision: 0 }], false],
      [[{ key: "cmp/a", modRevision: modified }], true],
      [[{ key: "cmp/a", modRevision: created }], false],
      [[{ key: "cmp/none", createRevision: 0 }], true],
      [[{ key: "cmp/none", modRevision: 0 }], true],
      [[{ key: "cmp/none", modRevision: 1 }], false],
      [
        [
          { key: "cmp/a", modRevision: modified },
          { key: "cmp/none", modRevision: 0 },
        ],
        true,
      ],
      [
        [
          { key: "cmp/a", modRevision: modified },
          { key: "cmp/none", modRevision: 1 },
        ],
        false,
      ],
    ];
    for (const [compare, succeeded] of rows) {
      const result = await store.txn({ compare, onSuccess: [{ put: "cmp/probe", value: "x" }] });
      assert.equal(result.succeeded, succeeded, JSON.stringify(compare));
      assert.equal(result.revision, await store.revision());
    }
  });

  test("a failed compare changes nothing", async () => {
    const store = await use().connect();
    const before = await store.revision();
    const compare = [{ key: "failed/a", createRevision: 7 }];
    const result = await store.txn({ compare, onSuccess: [{ put: "failed/a", value: "x" }] });
    assert.deepEqual(result, { succeeded: false, revision: before });
    assert.equal((await store.range({ prefix: "failed/" })).count, 0);
  });

  test("a key that is deleted and put again has a new create revision", async () => {
    const store = await use().connect();
    await store.txn({ onSuccess: [{ put: "again", value: "1" }] });
    await store.txn({ onSuccess: [{ delete: "again" }] });
    const { revision } = await store.txn({ onSuccess: [{ put: "again", value: "2" }] });
    const { entries } = await store.range({ prefix: "again", exact: true });
    assert.deepEqual(entries, [{ key: "again", value: "2", createRevision: revision, modRevision: revision }]);
  });

  test("deletePrefix deletes every key under the prefix and no other", async () => {
    const store = await use().connect();
    const names = ["gone/a", "gone/b/c", "gone/日", "gone0", "gon"];
    await store.txn({ onSuccess: names.map((key) => ({ put: key, value: "" })) });
    await store.txn({ onSuccess: [{ deletePrefix: "gone/" }, { put: "gone-kept", value: "" }] });
    const left = (await store.range({ prefix: "gon" })).entries.map(({ key }) => key);
    assert.deepEqual(left, ["gon", "gone-kept", "gone0"]);
  });

  test("the limits of a transaction", async () => {
    const store = await use().connect();
    const ops = (count: number): Op[] =>
      Array.from({ length: count }, (_, index) => ({ put: `limit/${index}`, value: "" }));
    const compares = (count: number): Compare[] =>
      Array.from({ length: count }, (_, index) => ({ key: `limit/x${index}`, modRevision: 0 }));
    const result = await store.txn({ compare: compares(MAX_TXN_OPS), onSuccess: ops(MAX_TXN_OPS) });
    assert.equal(result.succeeded, true);
    const refused: readonly Txn[] = [
      { onSuccess: ops(MAX_TXN_OPS + 1) },
      { compare: compares(MAX_TXN_OPS + 1), onSuccess: [] },
      {
        onSuccess: [
          { put: "twice", value: "1" },
          { put: "twice", value: "2" },
        ],
      },
      { onSuccess: [{ put: "twice", value: "1" }, { delete: "twice" }] },
      { onSuccess: [{ deletePrefix: "tw" }, { put: "twice", value: "1" }] },
      { onSuccess: [{ put: "", value: "1" }] },
      { onSuccess: [{ put: "half\ud800", value: "1" }] },
      { onSuccess: [{ put: "half", value: "\udc00" }] },
    ];
    for (const txn of refused) await assert.rejects(store.txn(txn), StoreRefusedError, JSON.stringify(txn));
    assert.equal((await store.range({ prefix: "twice" })).count, 0);
  });

  test("a put under a lease that does not exist changes nothing", async () => {
    const store = await use().connect();
    const onSuccess = [
      { put: "no-lease/a", value: "" },
      { put: "no-lease/b", value: "", lease: "4242" },
    ];
    await assert.rejects(store.txn({ onSuccess }), LeaseLostError);
    assert.equal((await store.range({ prefix: "no-lease/" })).count, 0);
  });

  test("of several concurrent compare-and-set transactions, exactly one succeeds", async () => {
    const clients = await Promise.all([use().connect(), use().connect(), use().connect()]);
    for (let round = 0; round < 30; round += 1) {
      const { entries } = await clients[0].range({ prefix: "race", exact: true });
      const compare = [{ key: "race", modRevision: entries[0]?.modRevision ?? 0 }];
      const results = await Promise.all(
        clients.map((client, index) => client.txn({ compare, onSuccess: [{ put: "race", value: String(index) }] })),
      );
      assert.equal(results.filter(({ succeeded }) => succeeded).length, 1);
      const winner = results.findIndex(({ succeeded }) => succeeded);
      const [after] = (await clients[1].range({ prefix: "race", exact: true })).entries;
      assert.equal(after?.value, String(winner));
      assert.equal(after?.modRevision, results[winner]?.revision);
    }
  });

  test("a client reads a revision at or above every write that another client knows to be done", async () => {
    const [writer, reader] = [await use().connect(), await use().connect()];
    for (let round = 0; round < 20; round += 1) {
      const { revision } = await writer.txn({ onSuccess: [{ put: "linear", value: String(round) }] });
      assert.ok((await reader.revision()) >= revision);
    }
  });
}
