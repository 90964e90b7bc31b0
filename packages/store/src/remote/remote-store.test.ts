import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMemoryLink, MemoryLinkServer } from "@flotilla/link/memory";
import { ManualClock, silentLogger, systemClock } from "@flotilla/runtime";
import { storeContract } from "../contract/index.ts";
import { SqliteJournal } from "../embedded/sqlite-journal.ts";
import { EtcdFixture } from "../etcd/etcd.fixture.ts";
import { LocalClient } from "../local/local-client.ts";
import { LocalStore } from "../local/local-store.ts";
import { MemoryStore } from "../memory/index.ts";
import { openRemoteStore, STORE_PATH, storeHandler } from "./index.ts";
import { ALL_RIGHTS, MACHINE, RemoteFixture, WIDE } from "./remote.fixture.ts";

storeContract("the remote store over etcd", async () => {
  const etcd = await EtcdFixture.start();
  const remote = await RemoteFixture.start({ stores: [etcd.direct(), etcd.direct()] });
  return {
    connect: () => remote.connect(),
    compact: (revision) => etcd.compact(revision),
    replace: () => etcd.server.replace(),
    elapse: (ms) => etcd.elapse(ms),
    close: async () => {
      await remote[Symbol.asyncDispose]();
      await etcd.close();
    },
  };
});

storeContract("the remote store over the embedded store", async () => {
  const directory = mkdtempSync(join(tmpdir(), "flotilla-store-"));
  const common = { clock: systemClock, random: Math.random, log: silentLogger };
  const local = new LocalStore({ ...common, journal: new SqliteJournal(join(directory, "store")) });
  const store = new LocalClient({ ...common, store: local, newLeaseId: () => "1" });
  const remote = await RemoteFixture.start({ stores: [store] });
  return {
    connect: () => remote.connect(),
    compact: (revision) => local.compact(revision),
    elapse: (ms) => remote.elapse(ms),
    close: async () => {
      await remote[Symbol.asyncDispose]();
      local.close();
      rmSync(directory, { recursive: true });
    },
  };
});

storeContract("the remote store in memory", async () => {
  const clock = new ManualClock();
  const memory = new MemoryStore({ clock });
  const store = memory.connect();
  const common = { clock, random: () => 0.5, log: silentLogger };
  let leases = 0;
  const newLeaseID = (): string => String((leases += 1));
  const handler = storeHandler({
    ...common,
    store,
    leases: store,
    rightsOf: () => ALL_RIGHTS,
    newLeaseID,
    limits: WIDE,
  });
  const server = new MemoryLinkServer({ name: "a", clock, routes: new Map([[STORE_PATH, handler]]) });
  return {
    connect: async () => {
      const link = openMemoryLink({ machineID: MACHINE, servers: [server], clock });
      return openRemoteStore({ ...common, link, requestTimeoutMs: 5_000 });
    },
    compact: (revision) => memory.compact(revision),
    replace: async () => memory.forgetAll(),
    elapse: (ms) => clock.advance(ms),
    close: async () => memory.close(),
  };
});
