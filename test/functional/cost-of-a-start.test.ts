import assert from "node:assert/strict";
import { test } from "node:test";
import { Agent, MemoryLaunchRecords, MemorySavedLease } from "@flotilla/agent";
import { runEngine } from "@flotilla/engine";
import { MemoryLinkServer, openMemoryLink } from "@flotilla/link/memory";
import {
  AssignmentRegistry,
  ClusterFeed,
  IDENTITY_KEY,
  LeaderSeat,
  MachineRegistry,
  MachineRights,
  OwnAssignments,
  SHARED_FAMILIES,
  StateRegistry,
  UnitRegistry,
} from "@flotilla/registry";
import type { MachineRecord } from "@flotilla/model";
import { silentLogger, systemClock } from "@flotilla/runtime";
import { type LeaseCalls, type Store, withSharedWatches } from "@flotilla/store";
import { type Call, type Faults, MemoryStore } from "@flotilla/store/memory";
import { openRemoteStore, STORE_PATH, storeHandler } from "@flotilla/store/remote";
import { FakeSystemd, FakeUnitManager } from "@flotilla/systemd/fake";
import { waitFor } from "../lab/wait-for.ts";

/** A unit for the second machine, because not all machines have an agent here. */
const FILE = "[Service]\nExecStart=/bin/sleep 1000\n\n[X-Fleet]\nMachineID=m1\n";

/**
 * The most agents by how they reach the store. With more clients of its own, the memory store takes minutes, because each
 * write visits every watch.
 */
const MOST_AGENTS = { "as clients of the store": 100, "through a server": 300 } as const;
type Way = keyof typeof MOST_AGENTS;

/** Long enough that no lease must be renewed. */
const TTL_MS = 3_600_000;

const common = { clock: systemClock, random: Math.random, log: silentLogger };

/** The number of calls to the store by caller and kind; for watches, the number of deliveries. */
type Counts = Record<"writer" | "engine" | "agents", Record<string, number>>;

const CASES = (["as clients of the store", "through a server"] as const).flatMap((way) =>
  [10, 100, 1_000].map((machines) => [way, machines] as const),
);

for (const [way, machines] of CASES) {
  test(`among ${machines} machines ${way}, one start costs three writes and notifies one agent`, async () => {
    await using cluster = await TestCluster.start(machines, way);
    // The first unit makes the engine read the whole cluster, so it is not counted.
    await cluster.startUnit("first.service");
    cluster.counts.writer = {};
    cluster.counts.engine = {};
    cluster.counts.agents = {};
    await cluster.startUnit("second.service");
    const { writer, engine, agents } = cluster.counts;
    assert.deepEqual(writer, { range: 1, txn: 1 });
    assert.equal(engine["txn"], 1);
    assert.equal(engine["range"] ?? 0, 0);
    // The delivery is the assignment; the range reads the unit's file; the transaction writes the unit's state.
    assert.deepEqual(agents, { watch: 1, range: 1, txn: 1 });
  });
}

class TestCluster implements AsyncDisposable {
  readonly counts: Counts = { writer: {}, engine: {}, agents: {} };
  readonly #memory = new MemoryStore({ clock: systemClock });
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>[] = [];
  readonly #feed: ClusterFeed;
  readonly #units: UnitRegistry;
  readonly #clients: Store[] = [];
  readonly #others = this.#connect();
  readonly #lease = this.#others.grant(TTL_MS);
  /** Opens the store of an agent. */
  readonly #agentStore: (machineID: string) => Store;

  private constructor(way: Way) {
    this.#agentStore = way === "through a server" ? this.#gateway() : () => this.#client("agents");
    const store = this.#client("engine");
    this.#feed = new ClusterFeed({ ...common, store });
    this.#units = new UnitRegistry(this.#client("writer"));
    this.#running.push(this.#feed.run(this.#stop.signal), this.#runEngine(store));
  }

  static async start(machines: number, way: Way): Promise<TestCluster> {
    const cluster = new TestCluster(way);
    const agents = Math.min(machines, MOST_AGENTS[way]);
    for (let index = 0; index < agents; index++) cluster.#runAgent(`m${index}`);
    for (let index = agents; index < machines; index++) await cluster.#register(`m${index}`);
    await waitFor(`${machines} machines`, () => cluster.#feed.view.machines.size === machines, { timeoutMs: 60_000 });
    // An agent's last write of its start, some time after the machine's record.
    const publishers = async (): Promise<number> => (await cluster.#others.range({ prefix: "publisher/" })).count;
    await waitFor(`${agents} agents`, async () => (await publishers()) === agents, { timeoutMs: 60_000 });
    return cluster;
  }

  async startUnit(name: string): Promise<void> {
    await this.#units.edit(name, () => ({ action: "write", text: `# ${name}\n${FILE}`, desired: "launched" }));
    const isActive = (): boolean =>
      [...(this.#feed.view.states.get(name)?.values() ?? [])].some(
        ({ active, launched }) => active === "active" && launched,
      );
    await waitFor(`${name} to be active`, isActive, { timeoutMs: 60_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#running);
    for (const client of this.#clients) await client.close();
    this.#memory.close();
  }

  /** A server that counts its own calls to the store as the agents'. */
  #gateway(): (machineID: string) => Store {
    const leases = this.#client("agents");
    const store = withSharedWatches(leases, { ...common, families: SHARED_FAMILIES, witness: IDENTITY_KEY });
    const handler = storeHandler({ ...common, store, leases, rightsOf: (id) => new MachineRights(id) });
    const server = new MemoryLinkServer({ ...common, name: "server", routes: new Map([[STORE_PATH, handler]]) });
    return (machineID) => {
      const link = openMemoryLink({ ...common, machineID, servers: [server] });
      const remote = openRemoteStore({ ...common, link, requestTimeoutMs: 60_000 });
      this.#clients.push(remote);
      return remote;
    };
  }

  #client(who: keyof Counts): Store & LeaseCalls {
    const before = async ({ type }: Call): Promise<void> => {
      this.counts[who][type] = (this.counts[who][type] ?? 0) + 1;
    };
    return this.#connect({ before });
  }

  #connect(faults: Faults = {}): Store & LeaseCalls {
    const client = this.#memory.connect({ requestTimeoutMs: 60_000, faults });
    this.#clients.push(client);
    return client;
  }

  #runEngine(store: Store): Promise<void> {
    return runEngine(
      {
        ...common,
        seat: new LeaderSeat(store),
        assignments: new AssignmentRegistry(store),
        feeds: { claim: () => ({ feed: this.#feed, release: () => {} }) },
        machineID: "m0",
        grantLease: (ttlMs, signal) => store.grant(ttlMs, signal),
        ttlMs: TTL_MS,
        interval: 600_000,
      },
      this.#stop.signal,
    );
  }

  /** Registers a machine without an agent. */
  async #register(id: string): Promise<void> {
    await new MachineRegistry(this.#others).register(machineRecord(id), await this.#lease);
  }

  #runAgent(id: string): void {
    const store = this.#agentStore(id);
    const agent = new Agent({
      ...common,
      machine: machineRecord(id),
      ttlMs: TTL_MS,
      leases: store,
      savedLease: new MemorySavedLease(),
      machines: new MachineRegistry(store),
      states: new StateRegistry(store, id),
      assignments: new OwnAssignments({ ...common, store, machineID: id }),
      texts: new UnitRegistry(store),
      manager: new FakeUnitManager(new FakeSystemd({ clock: systemClock, startMs: 5, stopMs: 5 })),
      launches: new MemoryLaunchRecords(),
    });
    this.#running.push(agent.run(this.#stop.signal));
  }
}

function machineRecord(id: string): MachineRecord {
  const unknown = { primaryIP: "", metadata: {}, version: "", peerPort: 0, bootID: "" };
  return { id, ...unknown, capacity: { cpus: 1, memoryBytes: 1 } };
}
