import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { StoreMoves } from "@flotilla/registry";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import { type LeaseCalls, type Store, StoreUnavailableError } from "@flotilla/store";
import { MemoryStore } from "@flotilla/store/memory";
import type { FleetdConfig } from "../config/fleetd-options.ts";
import { type ConfigSources, loadConfig } from "../config/load-config.ts";
import { followMove } from "./follow-move.ts";
import { StoreMover } from "./store-mover.ts";
import { storeTarget } from "./store-target.ts";

const PATH = "/var/lib/fleet/store.db";
const TO = "etcd=http://e:2379";
const signal = AbortSignal.timeout(30_000);

interface Lab {
  readonly clock: ManualClock;
  readonly config: FleetdConfig;
  readonly mover: StoreMover;
  /** The two stores, as a client that stays open sees them. */
  readonly embedded: Store & LeaseCalls;
  readonly etcd: Store & LeaseCalls;
  readonly moves: { readonly embedded: StoreMoves; readonly etcd: StoreMoves };
  /** Called with each client that the mover opens, to disturb it. */
  disturb: (store: Store & LeaseCalls, kind: FleetdConfig["store"]) => void;
  /** Completes the move as the next membership does, and returns the text of fleet.conf. */
  follow: () => Promise<string>;
}

async function lab(t: TestContext, conf = "store=embedded\n"): Promise<Lab> {
  const directory = mkdtempSync(join(tmpdir(), "flotilla-move-"));
  const file = join(directory, "fleet.conf");
  writeFileSync(file, conf);
  const clock = new ManualClock();
  const servers = { embedded: new MemoryStore({ clock }), etcd: new MemoryStore({ clock }) };
  t.after(() => {
    servers.embedded.close();
    servers.etcd.close();
    rmSync(directory, { recursive: true });
  });
  const sources: ConfigSources = { file, required: true, environment: {} };
  const config = await loadConfig(sources);
  const clients = { embedded: servers.embedded.connect(), etcd: servers.etcd.connect() };
  await clients[config.store].txn({ onSuccess: [{ put: "unit/a.service", value: "{}" }] });
  const open = async ({ store }: FleetdConfig): Promise<Store & LeaseCalls> => {
    const client = servers[store].connect();
    it.disturb(client, store);
    return client;
  };
  const targetOf = (text: string) => storeTarget(text, sources, PATH);
  const mover = new StoreMover({
    machineID: "m1",
    defaultPath: PATH,
    clock,
    log: silentLogger,
    targetOf,
    open,
    openBare: open,
  });
  const moves = { embedded: new StoreMoves(clients.embedded), etcd: new StoreMoves(clients.etcd) };
  const it: Lab = {
    clock,
    config,
    mover,
    ...clients,
    moves,
    disturb: () => {},
    follow: async () => {
      const move = await moves[config.store].read();
      assert.ok(move);
      await followMove(move, { targetOf, openBare: open, file, log: silentLogger }, signal);
      return readFileSync(file, "utf8");
    },
  };
  return it;
}

test("a move copies the store, marks the original, and is completed by the next membership, also twice", async (t) => {
  const it = await lab(t);
  const { mover, config, embedded, etcd, moves } = it;
  await mover.request(TO, config, embedded, signal);
  assert.ok(mover.requested.aborted);
  assert.equal(mover.report?.state, "running");
  await mover.move(config);
  assert.equal(mover.requested.aborted, false);
  assert.deepEqual(await moves.embedded.read(), { is: "gone", machineID: "m1", other: TO });
  assert.equal((await moves.etcd.read())?.is, "arriving");
  assert.equal((await etcd.range({ prefix: "unit/" })).count, 1);
  const conf = 'store=etcd\netcd_servers="http://e:2379"\n'.replaceAll('"', "");
  assert.equal(await it.follow(), conf);
  assert.equal(await it.follow(), conf);
  assert.equal(await moves.etcd.read(), undefined);
});

test("a move that nobody requested does nothing", async (t) => {
  const { mover, config, moves } = await lab(t);
  await mover.move(config);
  assert.deepEqual([mover.report, await moves.embedded.read()], [undefined, undefined]);
});

for (const [what, prepare, said] of [
  ["to the present store", async () => ["embedded"], /store is embedded=.* already/],
  [
    "to a store of another cluster",
    async ({ etcd }: Lab) => {
      await etcd.txn({ onSuccess: [{ put: "unit/b.service", value: "{}" }] });
      return [TO];
    },
    /has 1 key already/,
  ],
  [
    "to a store that does not answer",
    async (it: Lab) => {
      it.disturb = (store, kind) => {
        if (kind === "etcd") store.range = () => Promise.reject(new StoreUnavailableError("etcd is down"));
      };
      return [TO];
    },
    /etcd is down/,
  ],
  [
    "during another move",
    async ({ mover, config, embedded }: Lab) => {
      await mover.request(TO, config, embedded, signal);
      return [TO];
    },
    /moving to another store already/,
  ],
] as const)
  test(`a move ${what} is refused, and nothing has changed`, async (t) => {
    const it = await lab(t);
    const [to] = await prepare(it);
    assert.ok(to);
    await assert.rejects(it.mover.request(to, it.config, it.embedded, signal), said);
    assert.equal(await it.moves.embedded.read(), undefined);
    assert.equal(await it.moves.etcd.read(), undefined);
  });

test("a cluster of several servers does not move", async (t) => {
  const { mover, config, etcd } = await lab(t, "store=etcd\n");
  const { id } = await etcd.grantLease(undefined, 60_000);
  const value = JSON.stringify({ id: "m2", primaryIP: "10.0.0.2" });
  await etcd.txn({ onSuccess: [{ put: "machine/m2", value, lease: id }] });
  await assert.rejects(mover.request("embedded", config, etcd, signal), /use the store, too: m2 \(10\.0\.0\.2\);/);
});

for (const [what, disturb, said] of [
  [
    "the other store fails in the middle",
    (store: Store, kind: string) => {
      const txn = store.txn.bind(store);
      if (kind === "etcd")
        store.txn = (request, each) =>
          JSON.stringify(request).includes("unit/a.service")
            ? Promise.reject(new StoreUnavailableError("etcd is full"))
            : txn(request, each);
    },
    /etcd is full/,
  ],
  [
    "another daemon writes meanwhile",
    (store: Store, kind: string) => {
      const range = store.range.bind(store);
      const txn = store.txn.bind(store);
      if (kind === "embedded")
        store.range = async (request, each) => {
          const page = await range(request, each);
          if (request.revision !== undefined) await txn({ onSuccess: [{ put: "unit/late.service", value: "{}" }] });
          return page;
        };
    },
    /another daemon has written to the store/,
  ],
] as const)
  test(`when ${what}, the cluster stays where it is, and the move can be repeated`, async (t) => {
    const it = await lab(t);
    const { mover, config, embedded, moves } = it;
    await mover.request(TO, config, embedded, signal);
    it.disturb = disturb;
    await mover.move(config);
    assert.equal(mover.report?.state, "failed");
    assert.match(mover.report.reason, said);
    assert.equal(await moves.embedded.read(), undefined);
    it.disturb = () => {};
    await mover.request(TO, config, embedded, signal);
    await mover.move(config);
    assert.equal((await moves.embedded.read())?.is, "gone");
  });

test("a copy that takes longer than a third of agent_ttl is given up", async (t) => {
  const it = await lab(t);
  const { mover, config, clock, embedded, moves } = it;
  await mover.request(TO, config, embedded, signal);
  it.disturb = (store, kind) => {
    if (kind === "etcd")
      store.txn = (_, each) =>
        new Promise((__, reject) => each?.addEventListener("abort", () => reject(each.reason as Error)));
  };
  const moving = mover.move(config);
  await clock.advance(10_000);
  await moving;
  assert.match(mover.report?.reason ?? "", /takes longer than 10 s, a third of agent_ttl/);
  assert.equal(await moves.embedded.read(), undefined);
});
