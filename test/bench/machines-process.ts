/**
 * Runs machines without hosts: fleetd's agents, each with its own connection to etcd or to a server, and a systemd in
 * memory. machines.ts starts this process. It sends "joined" when all machines are in the cluster, and ends when its
 * parent ends.
 */
import { parseArgs } from "node:util";
import { Agent, MemoryLaunchRecords, MemorySavedLease } from "@flotilla/agent";
import type { StoredAuthority } from "@flotilla/link/fixture";
import { MachineRegistry, OwnAssignments, StateRegistry, UnitRegistry } from "@flotilla/registry";
import { silentLogger, systemClock } from "@flotilla/runtime";
import type { Store } from "@flotilla/store";
import { FakeSystemd, FakeUnitManager } from "@flotilla/systemd/fake";
import { addressOf } from "./addresses.ts";
import { directStores, remoteStores } from "./machine-store.ts";

const { values } = parseArgs({
  options: {
    etcd: { type: "string" },
    server: { type: "string", multiple: true, default: [] },
    authority: { type: "string", default: "" },
    first: { type: "string" },
    count: { type: "string" },
  },
});

/** fleetd's default. */
const TTL_MS = 30_000;

/** How long systemd takes to start a unit on an idle host. */
const START_MS = 10;

/** The number of machines that join at the same time. */
const MOST_AT_ONCE = 50;

const common = { clock: systemClock, random: Math.random, log: silentLogger };

process.once("disconnect", () => process.exit());
const openStore =
  values.etcd === undefined
    ? await remoteStores(values.server.map(addressOf), JSON.parse(values.authority) as StoredAuthority)
    : directStores(values.etcd);
const ids = Array.from({ length: Number(values.count) }, (_, index) =>
  machineID(Number(values.first) + index),
).values();
await Promise.all(
  Array.from({ length: MOST_AT_ONCE }, async () => {
    for (const id of ids) await join(id, await openStore(id));
  }),
);
process.send?.("joined");

/** Resolves when the machine has joined the cluster; its agent keeps running. */
function join(id: string, store: Store): Promise<void> {
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
