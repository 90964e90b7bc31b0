import assert from "node:assert/strict";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { StoreBackupError, type StoreKeeper, type StoreReport } from "@flotilla/api";
import { testCluster } from "../cluster.fixture.ts";

const MOVE = {
  from: "embedded=/store.db",
  to: "etcd=http://e:2379",
  state: "running",
  step: "stopping writes",
  done: 0,
  of: 0,
  reason: "",
} as const;

/** A store that reports one move after the other, one each time it is asked. */
function reporting(...reports: readonly StoreReport[]): StoreKeeper & { readonly asked: string[] } {
  const asked: string[] = [];
  let next = 0;
  return {
    asked,
    report: () => reports[Math.min(next++, reports.length - 1)] ?? { store: "" },
    move: async (to) => void asked.push(to),
    backup: async () => Readable.from([]),
  };
}

const at = (store: string, move?: StoreReport["move"]): StoreReport => ({ store, ...(move && { move }) });

test("store migrate shows each step, and says what became of the former store", async (t) => {
  const storeKeeper = reporting(
    at(MOVE.from, MOVE),
    at(MOVE.from, { ...MOVE, step: "copying", done: 100, of: 2_000 }),
    at(MOVE.to, { ...MOVE, state: "done", step: "in use" }),
  );
  const cluster = await testCluster(t, { storeKeeper });
  const { code, stdout, stderr } = await cluster.fleetctl("store", "migrate", "--to", "etcd=http://e:2379");
  assert.deepEqual([code, stdout], [0, "The cluster uses etcd=http://e:2379 now\n"]);
  assert.deepEqual(storeKeeper.asked, ["etcd=http://e:2379"]);
  assert.deepEqual(stderr.split("\n").slice(0, 4), [
    "Moving the cluster from embedded=/store.db to etcd=http://e:2379",
    "stopping writes",
    "copying: 100 of 2000 keys copied and compared",
    "The former store stays in /store.db; no daemon uses it any more, and you may delete it",
  ]);
});

const ends: readonly (readonly [what: string, last: StoreReport, code: number, said: RegExp])[] = [
  [
    "failed",
    at(MOVE.from, { ...MOVE, state: "failed", reason: "etcd is full" }),
    1,
    /the cluster stays in embedded=\/store\.db: etcd is full/,
  ],
  [
    "whose daemon was restarted before the switch",
    at(MOVE.from),
    1,
    /restarted during the move; run the command again/,
  ],
  ["whose daemon was restarted after the switch", at(MOVE.to), 0, /The former store stays/],
];
for (const [what, last, expected, said] of ends)
  test(`a move ${what} ends with exit code ${expected}`, async (t) => {
    const cluster = await testCluster(t, { storeKeeper: reporting(at(MOVE.from, MOVE), last) });
    const { code, stderr } = await cluster.fleetctl("store", "migrate", "--to", "etcd=http://e:2379");
    assert.equal(code, expected);
    assert.match(stderr, said);
  });

test("a refused move is reported with the reason", async (t) => {
  const cluster = await testCluster(t);
  const { code, stderr } = await cluster.fleetctl("store", "migrate", "--to", "embedded");
  assert.equal(code, 1);
  assert.match(stderr, /cannot move the store embedded=\/store\.db/);
  assert.equal((await cluster.fleetctl("store", "migrate")).code, 2);
});

test("backup --store writes the database to a file that only its owner can read", async (t) => {
  const bytes = Buffer.from([0, 255, 128, 10]);
  const storeKeeper = { ...reporting(at(MOVE.from)), backup: async () => Readable.from([bytes, bytes]) };
  const cluster = await testCluster(t, { storeKeeper });
  const path = join(cluster.directory, "store.db");
  await writeFile(path, "old", { mode: 0o644 });
  const { code, stdout } = await cluster.fleetctl("backup", "--store", "store.db");
  assert.equal(code, 0);
  assert.match(stdout, /private key, so keep it secret/);
  assert.deepEqual(await readFile(path), Buffer.concat([bytes, bytes]));
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal((await cluster.fleetctl("backup", "--store", "-")).code, 2);
});

test("a transfer that breaks leaves the former file as it was, and no other", async (t) => {
  const broken = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.alloc(100_000);
    throw new Error("the disk failed");
  };
  const storeKeeper = { ...reporting(at(MOVE.from)), backup: async () => Readable.from(broken()) };
  const cluster = await testCluster(t, { storeKeeper });
  await writeFile(join(cluster.directory, "store.db"), "old");
  const { code, stderr } = await cluster.fleetctl("backup", "--store", "store.db");
  assert.equal(code, 1);
  assert.match(stderr, /cannot write store\.db/);
  assert.equal(await readFile(join(cluster.directory, "store.db"), "utf8"), "old");
  assert.deepEqual(
    (await readdir(cluster.directory)).filter((name) => name.startsWith("store.db")),
    ["store.db"],
  );
});

test("a store without a database says what to use instead", async (t) => {
  const backup = async (): Promise<Readable> => {
    throw new StoreBackupError("the cluster's store is etcd; use etcdctl snapshot save FILE");
  };
  const cluster = await testCluster(t, { storeKeeper: { ...reporting(at(MOVE.to)), backup } });
  const { code, stderr } = await cluster.fleetctl("backup", "--store", "store.db");
  assert.equal(code, 1);
  assert.match(stderr, /etcdctl snapshot save/);
});
