import type { UnitState } from "@flotilla/model";
import { AssignmentRegistry, LeaderSeat, MachineRegistry, StateRegistry, UnitRegistry } from "@flotilla/registry";
import type { Store } from "@flotilla/store";
import { SLEEPER } from "./sleeper.ts";

const MACHINE = "a".repeat(32);
const WRITES_AT_ONCE = 64;
const ASSIGNMENTS_AT_ONCE = 100;

/** Writes to the store what a machine with this many running units would write. */
export class StockedCluster {
  readonly names: readonly string[];
  readonly #publish: (states: ReadonlyMap<string, UnitState>) => Promise<void>;

  private constructor(names: readonly string[], publish: (states: ReadonlyMap<string, UnitState>) => Promise<void>) {
    this.names = names;
    this.#publish = publish;
  }

  static async fill(store: Store, count: number): Promise<StockedCluster> {
    const names = Array.from({ length: count }, (_, index) => `stock${index}.service`);
    const lease = await store.grant(600_000);
    await new MachineRegistry(store).register(
      {
        ...{ id: MACHINE, primaryIP: "", metadata: {}, version: "", peerPort: 0, bootID: "" },
        capacity: { cpus: 1, memoryBytes: 1 },
      },
      lease,
    );
    await submit(store, names);
    await assign(store, names);
    const states = new StateRegistry(store, MACHINE);
    const claim = await states.claim(lease.id);
    const cluster = new StockedCluster(names, (changed) => states.publish(changed, claim));
    await cluster.publish(names, "running");
    return cluster;
  }

  /** Reports the units as active with this sub-state. */
  async publish(names: readonly string[], sub: string): Promise<void> {
    const states = names.map((name): [string, UnitState] => [name, { ...ACTIVE, name, sub }]);
    await this.#publish(new Map(states));
  }
}

const ACTIVE: Omit<UnitState, "name"> = {
  machineID: MACHINE,
  hash: "0".repeat(40),
  load: "loaded",
  active: "active",
  sub: "running",
  launched: true,
  restarted: 0,
  secrets: 0,
  gaveUp: false,
  cleared: 0,
  problem: "",
};

async function submit(store: Store, names: readonly string[]): Promise<void> {
  const units = new UnitRegistry(store);
  const left = names.values();
  const submitNext = async (): Promise<void> => {
    for (const name of left) await units.edit(name, () => ({ action: "write", text: SLEEPER, desired: "launched" }));
  };
  await Promise.all(Array.from({ length: WRITES_AT_ONCE }, submitNext));
}

async function assign(store: Store, names: readonly string[]): Promise<void> {
  const lease = await store.grant(600_000);
  const leadership = await new LeaderSeat(store).take(MACHINE, lease);
  if (!leadership) throw new Error("cannot lead the cluster: another engine holds the seat");
  const record = {
    digest: "",
    hash: "",
    desired: "launched",
    restart: 0,
    secrets: 0,
    leaving: false,
    exclusive: false,
    stopping: false,
  } as const;
  const steps = names.map((unit) => ({
    writes: [{ action: "assign", unit, machineID: MACHINE, record } as const],
    basis: [],
  }));
  const registry = new AssignmentRegistry(store);
  for (let from = 0; from < steps.length; from += ASSIGNMENTS_AT_ONCE)
    await registry.apply(leadership, steps.slice(from, from + ASSIGNMENTS_AT_ONCE));
}
