import { Agent, MemoryLaunchRecords, MemorySavedLease } from "@flotilla/agent";
import { runEngine } from "@flotilla/engine";
import {
  AssignmentRegistry,
  RunRegistry,
  ClusterFeed,
  LeaderSeat,
  MachineRegistry,
  OwnAssignments,
  AttendanceRegistry,
  MachineSettingsRegistry,
  StateRegistry,
  UnitRegistry,
} from "@flotilla/registry";
import { type Logger, type ManualClock, messageOf } from "@flotilla/runtime";
import type { Store } from "@flotilla/store";
import type { MemoryStore } from "@flotilla/store/memory";
import { FakeSystemd, FakeUnitManager } from "@flotilla/systemd/fake";

/** The TTL of machines and leaders, in milliseconds. */
const TTL_MS = 10_000;

export interface MachineOptions {
  readonly id: string;
  readonly server: MemoryStore;
  readonly clock: ManualClock;
  readonly log: Logger;
  /** Called when a part of the daemon has ended. */
  readonly onEnd: (why: string) => void;
}

/** A host with a fake systemd and a daemon with a real agent, engine and feed. */
export class Machine {
  readonly systemd: FakeSystemd;
  readonly #options: MachineOptions;
  readonly #savedLease = new MemorySavedLease();
  readonly #launches = new MemoryLaunchRecords();
  #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: MachineOptions) {
    this.#options = options;
    this.systemd = new FakeSystemd({ clock: options.clock });
    this.#start();
  }

  /** Returns the cluster's units that are active on this machine. */
  running(): string[] {
    const manager = new FakeUnitManager(this.systemd);
    return [...manager.list()].filter(([, { activeState }]) => activeState === "active").map(([name]) => name);
  }

  /** Restarts the daemon, like `systemctl restart fleet`. */
  async restart(): Promise<void> {
    await this.stop();
    this.#start();
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error("stopped"));
    await this.#running;
  }

  #start(): void {
    const { clock, log, server, onEnd } = this.#options;
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const store = server.connect();
    const common = { clock, random: () => 0.5, log };
    const manager = new FakeUnitManager(this.systemd);
    const parts = [this.#agent(store, manager, common).run(signal), this.#engine(store, common, signal)];
    const ended = parts.map((part) =>
      part.catch((error: unknown) => {
        if (!signal.aborted) onEnd(`a part of the daemon ended: ${messageOf(error)}`);
      }),
    );
    this.#running = Promise.all(ended).then(async () => {
      await manager.close();
      await store.close();
    });
  }

  #agent(store: Store, manager: FakeUnitManager, common: Common): Agent {
    const { id } = this.#options;
    return new Agent({
      ...common,
      machine: {
        id,
        primaryIP: "10.0.0.1",
        metadata: {},
        version: "0",
        peerPort: 0,
        bootID: "b",
        capacity: { cpus: 1, memoryBytes: 1 },
      },
      ttlMs: TTL_MS,
      leases: store,
      savedLease: this.#savedLease,
      machines: new MachineRegistry(store),
      states: new StateRegistry(store, id),
      assignments: new OwnAssignments({ ...common, store, machineID: id }),
      texts: new UnitRegistry(store),
      manager,
      launches: this.#launches,
    });
  }

  #engine(store: Store, common: Common, signal: AbortSignal): Promise<void> {
    const { id, onEnd } = this.#options;
    return runEngine(
      {
        ...common,
        machineID: id,
        seat: new LeaderSeat(store),
        assignments: new AssignmentRegistry(store),
        settings: new MachineSettingsRegistry(store),
        runs: new RunRegistry(store),
        massLoss: {
          registry: new AttendanceRegistry(store),
          rules: { share: 0.5, least: 3, windowMs: TTL_MS, holdMs: 30_000 },
        },
        feeds: {
          claim: () => {
            const feed = new ClusterFeed({ ...common, store });
            const stop = new AbortController();
            feed.run(stop.signal).catch((error: unknown) => onEnd(`the feed ended: ${messageOf(error)}`));
            return { feed, release: () => stop.abort() };
          },
        },
        grantLease: (ttlMs, grantSignal) => store.grant(ttlMs, grantSignal),
        ttlMs: TTL_MS,
        interval: 2_000,
      },
      signal,
    );
  }
}

interface Common {
  readonly clock: ManualClock;
  readonly random: () => number;
  readonly log: Logger;
}
