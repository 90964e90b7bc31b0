import type { MachineRecord, UnitState } from "@flotilla/model";
import { type LogFields, type Logger, ManualClock, silentLogger } from "@flotilla/runtime";
import {
  AssignmentRegistry,
  type AssignmentRecord,
  LeaderSeat,
  type Leadership,
  MachineRegistry,
  OwnAssignments,
  StateRegistry,
  UnitRegistry,
} from "@flotilla/registry";
import { type Store, StoreUnavailableError } from "@flotilla/store";
import { type Call, type Faults, MemoryStore } from "@flotilla/store/memory";
import { FakeSystemd, FakeUnitManager } from "@flotilla/systemd/fake";
import { digestText, hashOptions, parseUnitFile } from "@flotilla/unit";
import { Agent } from "./agent.ts";
import type { AgentOptions } from "./agent-options.ts";
import type { LaunchRecord, LaunchRecords } from "./launch/launch-record.ts";
import { MemoryGuard } from "./guard/memory-guard.ts";
import { MemoryLaunchRecords } from "./launch/memory-launch-records.ts";
import { MemoryTimerStamps } from "./timers/memory-timer-stamps.ts";
import { MemorySavedLease } from "./membership/saved-lease.ts";

export const MACHINE: MachineRecord = {
  id: "m1",
  primaryIP: "10.0.0.1",
  metadata: {},
  version: "1",
  peerPort: 1,
  bootID: "b1",
  capacity: { cpus: 1, memoryBytes: 1 },
};

export const SERVICE = "[Service]\nExecStart=/bin/sleep 1000\n";
export const ONESHOT = "[Service]\nType=oneshot\nExecStart=/bin/true\n";
export const TTL_MS = 30_000;

/** Steps of the clock before `until` gives up: 100 s in total. */
const MOST_STEPS = 20_000;
const STEP_MS = 5;

/** One machine with a systemd, a store, a fake engine, and a series of daemons. */
export class Lab {
  readonly clock = new ManualClock();
  readonly server = new MemoryStore({ clock: this.clock });
  readonly systemd = new FakeSystemd({ clock: this.clock });
  readonly store = this.server.connect();
  readonly states = new StateRegistry(this.store, MACHINE.id);
  /** The content of the runtime directory. */
  launches = new MemoryLaunchRecords();
  savedLease = new MemorySavedLease();
  /** Survive a reboot. */
  readonly stamps = new MemoryTimerStamps();
  #leadership: Promise<Leadership | undefined> | undefined;
  readonly guard = new MemoryGuard(this.clock);
  readonly #daemons: Daemon[] = [];

  start(options: DaemonOptions = {}): Daemon {
    const daemon = new Daemon(this, options);
    this.#daemons.push(daemon);
    return daemon;
  }

  /** A power cut and a boot: the runtime directory is empty, and no daemon runs. */
  reboot(): void {
    for (const daemon of this.#daemons) daemon.crash();
    this.systemd.reboot();
    this.launches = new MemoryLaunchRecords();
    this.savedLease = new MemorySavedLease();
  }

  async close(): Promise<void> {
    for (const daemon of this.#daemons) daemon.crash();
    this.server.close();
    await this.clock.advance(0);
  }

  /** Empties the store; the next user of the store creates a cluster with this identity. */
  async loseStore(identity: string): Promise<void> {
    this.server.forgetAll();
    this.#leadership = undefined;
    await this.identify(identity);
  }

  async identify(identity: string): Promise<void> {
    await this.store.txn({ onSuccess: [{ put: "identity/cluster", value: identity }] });
  }

  /** Assigns the unit to this machine, like the engine. */
  async assign(unit: string, text: string, record: Partial<AssignmentRecord> = {}): Promise<void> {
    await new UnitRegistry(this.store).edit(unit, () => ({ action: "write", text, desired: "launched" }));
    const whole = {
      digest: digestText(text),
      hash: hashOptions(parseUnitFile(text).options),
      desired: "launched",
      restart: 0,
      secrets: 0,
      leaving: false,
      exclusive: false,
      stopping: false,
      ...record,
    } as const;
    await this.#write({ action: "assign", unit, machineID: MACHINE.id, record: whole });
  }

  async unassign(unit: string): Promise<void> {
    await this.#write({ action: "unassign", unit, machineID: MACHINE.id });
  }

  async #write(write: Parameters<AssignmentRegistry["apply"]>[1][number]["writes"][number]): Promise<void> {
    this.#leadership ??= this.store.grant(1e9).then((lease) => new LeaderSeat(this.store).take("engine", lease));
    const leadership = await this.#leadership;
    if (!leadership) throw new Error("the lab's engine has no seat");
    await new AssignmentRegistry(this.store).apply(leadership, [{ writes: [write], basis: [] }]);
  }

  /** Advances the clock in small steps until the condition holds. */
  async until(condition: () => boolean | Promise<boolean>, what = condition.toString()): Promise<void> {
    for (let step = 0; step < MOST_STEPS; step += 1) {
      if (await condition()) return;
      await this.clock.advance(STEP_MS);
    }
    throw new Error(`never came true: ${what}`);
  }

  async published(): Promise<Map<string, UnitState>> {
    const page = await this.store.range({ prefix: `state/${MACHINE.id}/` });
    return new Map(page.entries.map(({ key, value }) => [key.split("/")[2] ?? "", JSON.parse(value) as UnitState]));
  }

  async untilPublished(unit: string, expected: Partial<UnitState> | undefined): Promise<void> {
    await this.until(
      async () => {
        const state = (await this.published()).get(unit);
        if (!expected || !state) return state === expected;
        return Object.entries(expected).every(([field, value]) => state[field as keyof UnitState] === value);
      },
      `${unit} is published as ${JSON.stringify(expected)}`,
    );
  }

  /** All states of a unit that are published from now on, in order. */
  async publishing(unit: string, signal: AbortSignal): Promise<readonly UnitState[]> {
    const states: UnitState[] = [];
    const from = (await this.store.revision()) + 1;
    const watch = async (): Promise<void> => {
      for await (const { events } of this.store.watch({ prefix: `state/${MACHINE.id}/${unit}`, from }, signal)) {
        for (const event of events) if (event.type === "put") states.push(JSON.parse(event.entry.value) as UnitState);
      }
    };
    watch().catch(() => {});
    return states;
  }

  /** The machine's record, if it is in the store. */
  async machineKey(): Promise<{ readonly lease: string | undefined; readonly createRevision: number } | undefined> {
    const [entry] = (await this.store.range({ prefix: `machine/${MACHINE.id}`, exact: true })).entries;
    return entry && { lease: entry.lease, createRevision: entry.createRevision };
  }
}

export interface DaemonOptions {
  /** Called before each launch record is written; may crash the daemon. */
  readonly beforePut?: (unit: string, record: LaunchRecord) => void;
  /** Called after each launch record is written. */
  readonly afterPut?: (unit: string, record: LaunchRecord) => void;
  /** Whether the daemon has its own runtime directory, as a daemon on another host does. */
  readonly elsewhere?: boolean;
  /** Whether systemd answers at the moment. Default: while its bus is up. */
  readonly answers?: () => boolean;
  /** Default: the units of this machine get no secrets. */
  readonly secrets?: AgentOptions["secrets"];
  /** The machine's TTL for this process. Default TTL_MS. */
  readonly ttlMs?: number;
}

/** The agent's part of one fleetd process. */
export class Daemon {
  readonly agent: Agent;
  readonly manager: FakeUnitManager;
  readonly running: Promise<void>;
  /** All calls to the store except renewals. */
  readonly calls: Call[] = [];
  readonly lines: string[] = [];
  /** Whether this process can reach the store. */
  storeUp = true;
  readonly #store: Store;
  readonly #stop = new AbortController();
  #isAlive = true;

  constructor(lab: Lab, options: DaemonOptions) {
    const { clock } = lab;
    this.manager = new FakeUnitManager(options.elsewhere ? new FakeSystemd({ clock }) : lab.systemd);
    this.#store = lab.server.connect({ faults: this.#faults(), requestTimeoutMs: 1_000 });
    const common = { clock, random: () => 0.5, log: this.#logger({}) };
    const store = this.#store;
    this.agent = new Agent({
      ...common,
      machine: MACHINE,
      ttlMs: options.ttlMs ?? TTL_MS,
      leases: store,
      savedLease: options.elsewhere ? new MemorySavedLease() : lab.savedLease,
      machines: new MachineRegistry(store),
      states: new StateRegistry(store, MACHINE.id),
      assignments: new OwnAssignments({ ...common, log: silentLogger, store, machineID: MACHINE.id }),
      texts: new UnitRegistry(store),
      manager: this.manager,
      ping: (signal) => (options.answers?.() === false ? clock.sleep(1e9, signal) : this.manager.ping(signal)),
      secrets: options.secrets,
      guard: lab.guard,
      leaseTime: (id, signal) => store.leaseTime(id, signal),
      stamps: options.elsewhere ? new MemoryTimerStamps() : lab.stamps,
      launches: this.#launchRecords(options.elsewhere ? new MemoryLaunchRecords() : lab.launches, options),
    });
    this.running = this.agent.run(this.#stop.signal);
  }

  /** The first half of `systemctl restart`. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("stopped"));
    await this.running;
    await this.manager.close();
  }

  /** kill -9: no later action of this process has an effect. */
  crash(): void {
    this.#isAlive = false;
    void this.#store.close();
    void this.manager.close();
    this.#stop.abort(new Error("killed"));
    this.running.catch(() => {});
  }

  #faults(): Faults {
    return {
      before: async (call) => {
        if (call.type !== "renew") this.calls.push(call);
        if (!this.storeUp) throw new StoreUnavailableError("no route to the store");
      },
    };
  }

  #launchRecords(records: LaunchRecords, { beforePut, afterPut }: DaemonOptions): LaunchRecords {
    const isAlive = (): boolean => this.#isAlive;
    return {
      get all() {
        return records.all;
      },
      put: (unit, record) => {
        beforePut?.(unit, record);
        if (!isAlive()) throw killed();
        records.put(unit, record);
        afterPut?.(unit, record);
        if (!isAlive()) throw killed();
      },
      delete: (unit) => {
        if (isAlive()) records.delete(unit);
      },
    };
  }

  #logger(fields: LogFields): Logger {
    const write = (message: string, more: LogFields = {}): void => {
      this.lines.push(`${message} ${JSON.stringify({ ...fields, ...more })}`);
    };
    return {
      debug() {},
      info: write,
      warn: write,
      error: write,
      child: (more) => this.#logger({ ...fields, ...more }),
    };
  }
}

export const WEB = "web.service";
/** The same options as SERVICE. */
export const COMMENTED = `# a comment\n${SERVICE}`;
export const CHANGED = SERVICE.replace("1000", "2000");

export async function inLab(work: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = new Lab();
  try {
    await work(lab);
  } finally {
    await lab.close();
  }
}

/** A lab with a daemon and one launched unit. */
export function withRunningUnit(
  work: (here: { lab: Lab; daemon: Daemon }) => Promise<void>,
  text = SERVICE,
): Promise<void> {
  return inLab(async (lab) => {
    const daemon = lab.start();
    await lab.assign(WEB, text);
    await lab.untilPublished(WEB, { launched: true, active: text === ONESHOT ? "inactive" : "active" });
    await work({ lab, daemon });
  });
}

/** An error with a code, which does not count as a programming error. */
function killed(): Error {
  return Object.assign(new Error("killed"), { code: "killed" });
}
