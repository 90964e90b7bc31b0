import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import {
  eventually,
  type LeaseCallsHarness,
  leaseCallsContract,
  storeContract,
  WatchRecorder,
} from "../contract/index.ts";
import { LocalClient } from "../local/local-client.ts";
import { LocalStore } from "../local/local-store.ts";
import type { Store } from "../port/index.ts";
import { CompactedError, StoreRefusedError, StoreUnavailableError } from "../port/store-error.ts";
import { openEmbeddedStore } from "./embedded-store.ts";
import { SqliteJournal } from "./sqlite-journal.ts";

storeContract("the embedded store", start);
leaseCallsContract("the embedded store", start);

async function start(): Promise<LeaseCallsHarness> {
  const directory = mkdtempSync(join(tmpdir(), "flotilla-store-"));
  const clock = new ManualClock();
  const journal = new SqliteJournal(join(directory, "store"));
  const store = new LocalStore({ clock, log: silentLogger, journal });
  let leases = 0;
  const newLeaseId = (): string => String((leases += 1));
  return {
    connect: async () => new LocalClient({ store, clock, random: () => 0.5, log: silentLogger, newLeaseId }),
    compact: (revision) => store.compact(revision),
    elapse: (ms) => clock.advance(ms),
    close: async () => {
      store.close();
      rmSync(directory, { recursive: true });
    },
  };
}

test("entries, revisions, old states and watches survive a restart", async (t) => {
  const path = storePath(t);
  const before = open(path);
  await before.txn({
    onSuccess: [
      { put: "a", value: "1\0日本" },
      { put: "b", value: "1" },
    ],
  });
  await before.txn({ onSuccess: [{ put: "a", value: "2" }, { delete: "b" }] });
  const expected = await before.range({ prefix: "" });
  await before.close();

  const after = open(path);
  assert.deepEqual(await after.range({ prefix: "" }), expected);
  assert.deepEqual(
    (await after.range({ prefix: "", revision: 2 })).entries.map(({ value }) => value),
    ["1\0日本", "1"],
  );
  const seen = new WatchRecorder(after, { prefix: "", from: 2 });
  await eventually(realTime, "the replay", () => seen.events.length === 4);
  assert.deepEqual(seen.lines, ["put a=1\0日本 @2", "put b=1 @2", "put a=2 @3", "delete b @3"]);
  await seen.stop();
  assert.equal((await after.txn({ onSuccess: [{ put: "c", value: "" }] })).revision, 4);
  await after.close();
});

test("after a restart a lease has its whole TTL, and can be resumed or expires", async (t) => {
  const path = storePath(t);
  const clock = new ManualClock();
  const before = open(path, clock);
  const [mine, other] = [await before.grant(1_000), await before.grant(1_000)];
  await before.txn({ onSuccess: [mine, other].map(({ id }) => ({ put: `lease/${id}`, value: "", lease: id })) });
  await before.close();

  await clock.advance(60_000);
  const after = open(path, clock);
  await clock.advance(900);
  assert.equal((await after.range({ prefix: "lease/" })).count, 2);
  const resumed = await after.resume(mine.id, 1_000);
  assert.ok(resumed);
  await eventually(
    inTime(clock),
    "the end of the other",
    async () => (await after.range({ prefix: "lease/" })).count === 1,
  );
  await clock.advance(5_000);
  assert.equal((await after.range({ prefix: `lease/${mine.id}` })).count, 1);
  assert.equal(resumed.lost.aborted, false);
  await after.close();
});

test("the history is limited in memory and in the file", async (t) => {
  const path = storePath(t);
  const store = open(path);
  for (let batch = 0; batch < 50; batch += 1) {
    await Promise.all(
      Array.from({ length: 100 }, (_, key) => store.txn({ onSuccess: [{ put: `k/${key}`, value: "" }] })),
    );
  }
  await assert.rejects(store.range({ prefix: "", revision: 2 }), CompactedError);
  const seen = new WatchRecorder(store, { prefix: "", from: 2 });
  await seen.ended;
  assert.ok(seen.error instanceof CompactedError);
  await store.close();
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = Number(database.prepare("SELECT count(*) AS rows FROM history").get()?.["rows"]);
  database.close();
  assert.ok(rows >= 4_000 && rows < 4_500, String(rows));
});

test("a file in use by another process is refused until that process ends", async (t) => {
  const path = storePath(t);
  await open(path).close();
  const script = `
    const { DatabaseSync } = await import("node:sqlite");
    new DatabaseSync(${JSON.stringify(path)}).exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    console.log("locked");
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  t.after(() => holder.kill("SIGKILL"));
  await once(holder.stdout, "data");
  assert.throws(
    () => open(path),
    (error: Error) => {
      assert.ok(error instanceof StoreUnavailableError);
      assert.match(error.message, /in use by another process/);
      return true;
    },
  );
  holder.kill("SIGKILL");
  await once(holder, "exit");
  await open(path).close();
});

test("two stores of one process cannot use one file either", async (t) => {
  const path = storePath(t);
  const store = open(path);
  assert.throws(() => open(path), /in use by another process/);
  await store.close();
});

test("a file that is no store, or was written by a newer version, is refused and not changed", async (t) => {
  const path = storePath(t);
  writeFileSync(path, "This is a letter to my aunt, and no store at all.\n".repeat(100));
  assert.throws(() => open(path), StoreUnavailableError);
  rmSync(path);
  await open(path).close();
  const database = new DatabaseSync(path);
  database.exec("PRAGMA user_version = 99");
  database.close();
  assert.throws(() => open(path), StoreRefusedError);
});

test("a write that the disk refuses changes nothing, and the store continues", async (t) => {
  const path = storePath(t);
  const journal = new SqliteJournal(path);
  let full = false;
  const clock = new ManualClock();
  const store = new LocalStore({
    clock,
    log: silentLogger,
    journal: {
      load: () => journal.load(),
      append: (records) => {
        if (full) throw new StoreUnavailableError("The disk is full.");
        journal.append(records);
      },
      close: () => journal.close(),
    },
  });
  const client = new LocalClient({ store, clock, random: () => 0.5, log: silentLogger, newLeaseId: () => "1" });
  const lease = await client.grant(1_000);
  await client.txn({ onSuccess: [{ put: "a", value: "1", lease: lease.id }] });
  full = true;
  await assert.rejects(client.txn({ onSuccess: [{ put: "a", value: "2" }] }), StoreUnavailableError);
  lease.release();
  await clock.advance(5_000);
  assert.deepEqual(
    (await client.range({ prefix: "" })).entries.map(({ value }) => value),
    ["1"],
  );
  assert.equal(await client.revision(), 2);
  full = false;
  await eventually(inTime(clock), "the end of the lease", async () => (await client.range({ prefix: "" })).count === 0);
  store.close();
});

test("only its owner can read the file", async (t) => {
  const path = storePath(t);
  const store = open(path);
  await store.txn({ onSuccess: [{ put: "secret", value: "x" }] });
  for (const file of [path, `${path}-wal`]) assert.equal(statSync(file).mode & 0o777, 0o600, file);
  await store.close();
});

const realTime = { elapse: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)) };

function inTime(clock: ManualClock): { elapse(ms: number): Promise<void> } {
  return { elapse: (ms) => clock.advance(ms) };
}

function open(path: string, clock = new ManualClock()): Store {
  return openEmbeddedStore({ path, clock, random: Math.random, log: silentLogger });
}

function storePath(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "flotilla-store-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, "store");
}
