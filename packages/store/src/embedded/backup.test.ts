import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import { silentLogger, systemClock } from "@flotilla/runtime";
import { StoreRefusedError, StoreUnavailableError } from "../port/store-error.ts";
import { type EmbeddedStore, openEmbeddedStore } from "./embedded-store.ts";
import { restoreStoreFile } from "./restore-store-file.ts";

interface Lab {
  readonly at: (name: string) => string;
  readonly open: (name: string) => EmbeddedStore;
}

function lab(t: TestContext): Lab {
  const directory = mkdtempSync(join(tmpdir(), "flotilla-backup-"));
  const opened: EmbeddedStore[] = [];
  t.after(async () => {
    for (const store of opened) await store.close();
    rmSync(directory, { recursive: true });
  });
  const at = (name: string): string => join(directory, name);
  const open = (name: string): EmbeddedStore => {
    const store = openEmbeddedStore({ path: at(name), clock: systemClock, random: Math.random, log: silentLogger });
    opened.push(store);
    return store;
  };
  return { at, open };
}

async function backup(store: EmbeddedStore, path: string): Promise<void> {
  writeFileSync(path, "", { mode: 0o600 });
  await store.backup(path);
}

/** A store with some megabytes, so that a copy takes several turns of the event loop. */
async function filled(store: EmbeddedStore, keys = 400): Promise<void> {
  const value = "x".repeat(10_000);
  for (let index = 0; index < keys; index += 100)
    await store.txn({
      onSuccess: Array.from({ length: 100 }, (_, each) => ({ put: `k/${index + each}`, value })),
    });
}

test("a copy that is made during writes has all keys of one revision, its history, its leases, and one file", async (t) => {
  const { at, open } = lab(t);
  const store = open("store.db");
  await filled(store);
  const { id } = await store.grantLease("77", 60_000);
  let isDone = false;
  const writing = (async () => {
    // Both keys have the same value at each revision.
    for (let index = 0; !isDone; index += 1) {
      const value = String(index);
      await store.txn({
        onSuccess: [
          { put: "a", value, lease: id },
          { put: "z", value },
        ],
      });
    }
  })();
  await backup(store, at("copy.db"));
  isDone = true;
  await writing;
  assert.equal(statSync(at("copy.db")).mode & 0o777, 0o600);
  assert.equal(existsSync(at("copy.db-wal")), false);
  const { revision, keys, former } = restoreStoreFile(at("copy.db"), at("other/../other.db"));
  assert.deepEqual([keys, former], [402, undefined]);
  const copy = open("other.db");
  assert.equal(await copy.revision(), revision);
  const [a] = (await copy.range({ prefix: "a", exact: true })).entries;
  const [z] = (await copy.range({ prefix: "z", exact: true })).entries;
  assert.equal(a?.value, z?.value);
  assert.equal(a?.modRevision, revision);
  assert.equal(await copy.renewLease(id), 60_000);
  assert.equal((await copy.range({ prefix: "", revision: revision - 1 })).revision, revision - 1);
});

test("the former store stays beside the restored one, and is never overwritten", async (t) => {
  const { at, open } = lab(t);
  const source = open("source.db");
  await source.txn({ onSuccess: [{ put: "k", value: "restored" }] });
  await backup(source, at("copy.db"));
  const former = open("store.db");
  await former.txn({ onSuccess: [{ put: "k", value: "former" }] });
  assert.throws(() => restoreStoreFile(at("copy.db"), at("store.db")), {
    name: StoreUnavailableError.name,
    message: /^the store \S+store\.db is in use by another process, .* or name another file$/,
  });
  await former.close();
  assert.equal(restoreStoreFile(at("copy.db"), at("store.db")).former, at("store.db.old"));
  const value = async (name: string) => (await open(name).range({ prefix: "k" })).entries[0]?.value;
  assert.equal(await value("store.db.old"), "former");
  assert.throws(() => restoreStoreFile(at("copy.db"), at("store.db")), /store\.db\.old is in the way/);
  assert.equal(await value("store.db"), "restored");
});

const damages: readonly (readonly [what: string, damage: (path: string) => void])[] = [
  ["cut in half", (path) => truncateSync(path, Math.floor(statSync(path).size / 8192) * 4096)],
  ["cut by a page", (path) => truncateSync(path, statSync(path).size - 4096)],
  ["cut by a byte", (path) => truncateSync(path, statSync(path).size - 1)],
  ["of zeros", (path) => writeFileSync(path, Buffer.alloc(8192))],
  ["of text", (path) => writeFileSync(path, "{}".repeat(5_000))],
  ["without a byte", (path) => writeFileSync(path, "")],
  [
    "overwritten in the middle",
    (path) => {
      const bytes = readFileSync(path);
      bytes.fill(0, bytes.length / 2, bytes.length / 2 + 20_000);
      writeFileSync(path, bytes);
    },
  ],
];
for (const [what, damage] of damages)
  test(`a file ${what} is refused, and the store stays as it is`, async (t) => {
    const { at, open } = lab(t);
    const source = open("source.db");
    await filled(source);
    await backup(source, at("copy.db"));
    damage(at("copy.db"));
    const store = open("store.db");
    await store.txn({ onSuccess: [{ put: "k", value: "v" }] });
    await store.close();
    assert.throws(() => restoreStoreFile(at("copy.db"), at("store.db")), StoreRefusedError);
    assert.equal((await open("store.db").range({ prefix: "k" })).count, 1);
    assert.deepEqual(
      ["store.db.old", "store.db.restoring"].filter((name) => existsSync(at(name))),
      [],
    );
  });

test("a database of another program, or of a later version, is refused", async (t) => {
  const { at } = lab(t);
  for (const [version, said] of [
    [0, /not a store of Flotilla/],
    [99, /written by a newer Flotilla/],
  ] as const) {
    const database = new DatabaseSync(at(`v${version}.db`));
    database.exec(`CREATE TABLE other (id TEXT); PRAGMA user_version = ${version}`);
    database.close();
    assert.throws(() => restoreStoreFile(at(`v${version}.db`), at("store.db")), said);
  }
  assert.throws(
    () => restoreStoreFile(at("missing.db"), at("store.db")),
    /^StoreRefusedError: there is no file \S+missing\.db; give a file/,
  );
});

test("a copy to a full disk fails, and the store goes on", async (t) => {
  const { open } = lab(t);
  const store = open("store.db");
  await filled(store, 100);
  await assert.rejects(store.backup("/dev/full"), StoreUnavailableError);
  await store.txn({ onSuccess: [{ put: "k", value: "v" }] });
});
