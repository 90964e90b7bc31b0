/**
 * Machines without hosts: the agent as fleetd has it, each with its own connection to etcd, over a systemd in memory.
 * Started by many-machines.ts, which it tells "joined" once all are in the cluster; ends when its parent does.
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

/** As fleetd's defaults, but for calls: thousands of agents wait for one processor here. */
const TTL_MS = 30_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** What systemd takes for a start on an idle host. */
const START_MS = 10;

/** To join at one time. */
const MOST_AT_ONCE = 50;

const common = { clock: systemClock, random: Math.random, log: silentLogger };

process.once("disconnect", () => process.exit());
const ids = Array.from({ length: Number(values.count) }, (_, index) => machineID(Number(values.first) + index));
for (let from = 0; from < ids.length; from += MOST_AT_ONCE)
  await Promise.all(ids.slice(from, from + MOST_AT_ONCE).map((id) => join(id, values.endpoint ?? "")));
process.send?.("joined");

/** Resolves once the machine is in the cluster; its agent runs on. */
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
