import assert from "node:assert/strict";
import { test } from "node:test";
import type { KeyValue, Op, RangeRequest, Store } from "../port/index.ts";
import { CompactedError, StoreRefusedError } from "../port/store-error.ts";
import type { StoreHarness } from "./harness.ts";

export function rangeContract(use: () => StoreHarness): void {
  test("a page holds the entries of the prefix in order, with their revisions", async () => {
    const store = await use().connect();
    const { revision } = await store.txn({ onSuccess: puts("page/", ["b", "a"]) });
    await store.txn({
      onSuccess: [
        { put: "page/b", value: "new" },
        { put: "pagf", value: "outside" },
      ],
    });
    const page = await store.range({ prefix: "page/" });
    assert.deepEqual(page.entries, [
      { key: "page/a", value: "a", createRevision: revision, modRevision: revision },
      { key: "page/b", value: "new", createRevision: revision, modRevision: revision + 1 },
    ]);
    assert.equal(page.count, 2);
    assert.equal(page.more, false);
    assert.equal(page.revision, await store.revision());
  });

  test("pages of any size return every key once, as of the first page's revision", async () => {
    const store = await use().connect();
    const names = Array.from({ length: 25 }, (_, index) => String(index).padStart(2, "0"));
    await store.txn({ onSuccess: puts("paged/", names) });
    const { revision } = await store.range({ prefix: "paged/", limit: 1 });
    await store.txn({
      onSuccess: [{ put: "paged/03x", value: "late" }, { delete: "paged/20" }, { put: "paged/21", value: "changed" }],
    });
    for (const limit of [1, 7, 25, 100]) {
      const entries = await readAll(store, { prefix: "paged/", limit, revision });
      assert.deepEqual(
        entries.map(({ value }) => value),
        names,
      );
    }
    assert.equal((await store.range({ prefix: "paged/" })).count, 25);
  });

  test("count and more", async () => {
    const store = await use().connect();
    await store.txn({ onSuccess: puts("count/", ["a", "b", "c", "d"]) });
    const rows: readonly [RangeRequest, number, boolean][] = [
      [{ prefix: "count/" }, 4, false],
      [{ prefix: "count/", limit: 4 }, 4, false],
      [{ prefix: "count/", limit: 3 }, 4, true],
      [{ prefix: "count/", limit: 2, after: "count/b" }, 4, false],
      [{ prefix: "count/", limit: 1, after: "count/b" }, 4, true],
      [{ prefix: "count/", after: "count/d" }, 4, false],
      [{ prefix: "count/none" }, 0, false],
      [{ prefix: "count/a", exact: true }, 1, false],
      [{ prefix: "count/", exact: true }, 0, false],
    ];
    for (const [request, count, more] of rows) {
      const page = await store.range(request);
      assert.deepEqual({ count: page.count, more: page.more }, { count, more }, JSON.stringify(request));
    }
  });

  test("an exact read returns only that key", async () => {
    const store = await use().connect();
    await store.txn({ onSuccess: puts("exact/", ["a", "ab"]) });
    assert.deepEqual(keys(await store.range({ prefix: "exact/a", exact: true })), ["exact/a"]);
    assert.deepEqual(keys(await store.range({ prefix: "exact/a" })), ["exact/a", "exact/ab"]);
  });

  test("changedSince excludes older entries but does not affect the count", async () => {
    const store = await use().connect();
    const { revision } = await store.txn({ onSuccess: puts("since/", ["a", "b", "c"]) });
    assert.deepEqual(keys(await store.range({ prefix: "since/", changedSince: revision })), []);
    await store.txn({ onSuccess: puts("since/", ["b", "c"]) });
    const page = await store.range({ prefix: "since/", changedSince: revision, limit: 1 });
    assert.deepEqual(keys(page), ["since/b"]);
    assert.equal(page.count, 3);
    assert.equal(page.more, true);
  });

  test("an older revision can be read until it is compacted", async () => {
    const harness = use();
    const store = await harness.connect();
    const first = await store.txn({
      onSuccess: [
        { put: "old/a", value: "1" },
        { put: "old/b", value: "1" },
      ],
    });
    const second = await store.txn({ onSuccess: [{ put: "old/a", value: "2" }, { delete: "old/b" }] });
    const third = await store.txn({ onSuccess: [{ put: "old/c", value: "3" }] });
    const valuesAt = async (revision: number): Promise<string[]> =>
      (await store.range({ prefix: "old/", revision })).entries.map(({ value }) => value);
    assert.deepEqual(await valuesAt(first.revision), ["1", "1"]);
    assert.deepEqual(await valuesAt(second.revision), ["2"]);
    await harness.compact(second.revision);
    assert.deepEqual(await valuesAt(second.revision), ["2"]);
    assert.deepEqual(await valuesAt(third.revision), ["2", "3"]);
    await assert.rejects(store.range({ prefix: "old/", revision: first.revision }), CompactedError);
    await assert.rejects(store.range({ prefix: "old/", revision: third.revision + 1_000 }), StoreRefusedError);
  });

  test("keys are ordered by code point, whatever the language", async () => {
    const store = await use().connect();
    const names = ["a", "Ä", "z", "日本", "\u{ffee}", "\u{1f600}"];
    await store.txn({ onSuccess: puts("unicode/", names) });
    const entries = await readAll(store, { prefix: "unicode/", limit: 2 });
    assert.deepEqual(
      entries.map(({ value }) => value),
      ["a", "z", "Ä", "日本", "\u{ffee}", "\u{1f600}"],
    );
  });

  test("values of 1 MiB are listed completely, though together they exceed the largest message of 4 MiB", async () => {
    const store = await use().connect();
    const value = "ü".repeat(512 * 1_024);
    for (const name of ["1", "2", "3", "4", "5"]) await store.txn({ onSuccess: [{ put: `big/${name}`, value }] });
    const entries = await readAll(store, { prefix: "big/" });
    assert.equal(entries.length, 5);
    assert.ok(entries.every((entry) => entry.value === value));
    await store.txn({ onSuccess: [{ deletePrefix: "big/" }] });
  });

  test("a limit of 0 keys is refused", async () => {
    const store = await use().connect();
    await assert.rejects(store.range({ prefix: "x", limit: 0 }), StoreRefusedError);
    await assert.rejects(store.range({ prefix: "", exact: true }), StoreRefusedError);
  });
}

function puts(prefix: string, names: readonly string[]): Op[] {
  return names.map((name) => ({ put: prefix + name, value: name }));
}

function keys({ entries }: { readonly entries: readonly KeyValue[] }): string[] {
  return entries.map(({ key }) => key);
}

/** Reads all pages at the revision of the first one, as the port describes. */
async function readAll(store: Store, request: RangeRequest): Promise<KeyValue[]> {
  const entries: KeyValue[] = [];
  let page = await store.range(request);
  for (;;) {
    entries.push(...page.entries);
    const after = page.entries.at(-1)?.key;
    if (!page.more || after === undefined) return entries;
    page = await store.range({ ...request, after, revision: page.revision });
  }
}
