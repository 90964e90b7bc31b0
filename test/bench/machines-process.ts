/**
 * Runs machines without hosts: fleetd's agents, each with its own connection to etcd and a systemd in memory.
 * many-machines.ts starts this process. It prints "joined" when all machines are in the cluster, and ends when its
 * parent ends.
 */
import { parseArgs } from "node:util";
import { Agent, MemoryLaunchRecords, MemorySavedLease } from "@flotilla/agent";
import { MachineRegistry, OwnAssignments, StateRegistry, UnitRegistry } from "@flotilla/registry";
import { silentLogger, systemClock } from "@flotilla/runtime";
import { openEtcdStore } from "@flotilla/store/etcd";
import { FakeSystemd, FakeUnitManager } from "@flotilla/systemd/fake";

const { values } = parseArgs({
  options: { endpoint: { type: "string" }, first: { type: "string" }, count: { type: "string" } },
});

/** fleetd's defaults, except for a longer limit for calls, because thousands of agents share one processor. */
const TTL_MS = 30_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** How long systemd takes to start a unit on an idle host. */
const START_MS = 10;

/** The number of machines that join at the same time. */
const MOST_AT_ONCE = 50;

const common = { clock: systemClock, random: Math.random, log: silentLogger };

process.once("disconnect", () => process.exit());
const ids = Array.from({ length: Number(values.count) }, (_, index) => machineID(Number(values.first) + index));
for (let from = 0; from < ids.length; from += MOST_AT_ONCE)
  await Promise.all(ids.slice(from, from + MOST_AT_ONCE).map((id) => join(id, values.endpoint ?? "")));
process.send?.("joined");

/** Resolves when the machine has joined the cluster; its agent keeps running. */
function join(id: string, endpoint: string): Promise<void> {
  const store = openEtcdStore({ ...common, endpoints: [endpoint], requestTimeoutMs: REQUEST_TIMEOUT_MS });
  const joined = Promise.withResolvers<void>();
  const agent = new Agent({
    ...common,
    machine: {
      id,
      primaryIP: "",
      metadata: {},
      version: "",
      peerPort: 0,
      bootID: "",
      capacity: { cpus: 2, memoryBytes: 2e9 },
    },
    ttlMs: TTL_MS,
    leases: store,
    savedLease: new MemorySavedLease(),
    machines: new MachineRegistry(store),
    states: new StateRegistry(store, id),
    assignments: new OwnAssignments({ ...common, store, machineID: id }),
    texts: new UnitRegistry(store),
    manager: new FakeUnitManager(new FakeSystemd({ clock: systemClock, startMs: START_MS, stopMs: START_MS })),
    launches: new MemoryLaunchRecords(),
    onStatus: (status) => status.joined && joined.resolve(),
  });
  agent.run(new AbortController().signal).catch(joined.reject);
  return joined.promise;
}

function machineID(index: number): string {
  return index.toString(16).padStart(32, "0");
}
