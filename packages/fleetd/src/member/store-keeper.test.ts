import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { StoreBackupError } from "@flotilla/api";
import { ManualClock } from "@flotilla/runtime";
import { StoreUnavailableError } from "@flotilla/store";
import { MemoryStore } from "@flotilla/store/memory";
import { loadConfig } from "../config/load-config.ts";
import type { StoreBackup } from "./open-store.ts";
import { MemberStore } from "./store-keeper.ts";

const signal = AbortSignal.timeout(30_000);

async function keeper(t: TestContext, write?: StoreBackup["write"], again?: StoreBackup) {
  const directory = mkdtempSync(join(tmpdir(), "flotilla-keeper-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const backup = again ?? (write && { path: join(directory, "store.db"), write });
  const store = new MemoryStore({ clock: new ManualClock() }).connect();
  const config = await loadConfig({ file: "/nonexistent", required: false, environment: {} });
  const mover = { report: undefined } as never;
  return { directory, backup, keeper: new MemberStore({ config, store, backup, mover, defaultPath: "/store.db" }) };
}

test("a copy is readable by root only while it is made, and has no name while it is read", async (t) => {
  let mode = 0;
  const { directory, keeper: store } = await keeper(t, async (path) => {
    mode = statSync(path).mode & 0o777;
    writeFileSync(path, "database");
  });
  const copy = await store.backup(signal);
  assert.deepEqual([mode, readdirSync(directory)], [0o600, []]);
  assert.equal(await text(copy), "database");
  assert.equal(await text(await store.backup(signal)), "database");
});

test("only one copy is made at a time, and a failed one leaves nothing", async (t) => {
  const full = Promise.withResolvers<void>();
  const { directory, keeper: store } = await keeper(t, () => full.promise);
  const first = store.backup(signal);
  await assert.rejects(store.backup(signal), /another backup/);
  full.reject(new StoreUnavailableError("disk is full"));
  await assert.rejects(first, (error) => error instanceof StoreBackupError && /disk is full/.test(error.message));
  assert.deepEqual(readdirSync(directory), []);
});

test("what a killed daemon has left of a copy is deleted", async (t) => {
  const { directory, backup } = await keeper(t, async () => {});
  assert.ok(backup);
  writeFileSync(join(directory, "store.db.backup"), "half");
  await keeper(t, backup.write, backup);
  assert.deepEqual(readdirSync(directory), []);
});

test("etcd is copied by its own tool", async (t) => {
  const { keeper: store } = await keeper(t);
  await assert.rejects(store.backup(signal), /etcdctl snapshot save/);
});
