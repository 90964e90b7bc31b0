import {
  type Guard,
  type LaunchRecords,
  MemoryLaunchRecords,
  MemorySavedLease,
  type SavedLease,
} from "@flotilla/agent";
import type { MachineRecord } from "@flotilla/model";
import { FakeSystemd } from "@flotilla/systemd/fake";
import { HostGuard } from "./host-guard.ts";
import type { Process, ProcessHost } from "./process.ts";
import { Standstill } from "./standstill.ts";
import type { Timeline } from "./timeline.ts";

export interface HostOptions extends ProcessHost {
  /** As people call it here: "m1". Two hosts with one machine ID have two. */
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface HostEvents {
  /** Told of each unit that the guard stops. */
  readonly onGuardStop: (unit: string) => void;
  /** Told of each unit that systemd starts without having been asked for it. */
  readonly onOwnStart: (unit: string) => void;
}

/** How long a daemon-reload takes, milliseconds. */
export const RELOAD_MS = 40;

/** `exclusive_stop_limit` of every machine, milliseconds. */
export const STOP_LIMIT_MS = 4_000;

/** A machine without its daemon: what a process leaves on it when it dies, and what a power cut takes. */
export class Host {
  readonly options: HostOptions;
  readonly systemd: FakeSystemd;
  /** Of systemd alone: units run on, and nobody answers for them. */
  readonly hang = new Standstill();
  /** When systemd last hung. */
  hungAt = Number.NEGATIVE_INFINITY;
  /** On the disk. */
  readonly savedLease = new MemorySavedLease();
  /** Under /run. */
  launches = new MemoryLaunchRecords();
  guard: HostGuard;
  /** The host's own units, which only share a name with the cluster's. */
  readonly ownUnits = new Set<string>();
  /** Those that there have been since the host was booted. */
  readonly formerOwnUnits = new Set<string>();
  /** When an agent last asked for a start of a unit that nobody else had started. */
  readonly startedByAgent = new Map<string, number>();
  /** Units that do not run though they were started, and how often they had been started by then. */
  readonly #excused = new Map<string, number>();
  readonly #timeline: Timeline;
  readonly #newGuard: () => HostGuard;

  constructor(options: HostOptions, timeline: Timeline, { onGuardStop, onOwnStart }: HostEvents) {
    this.options = options;
    this.systemd = new FakeSystemd({ clock: timeline.clockOf(this.hang), onOwnStart, reloadMs: RELOAD_MS });
    this.#timeline = timeline;
    this.#newGuard = () => new HostGuard({ host: this, timeline, stopLimitMs: STOP_LIMIT_MS, onStop: onGuardStop });
    this.guard = this.#newGuard();
    this.systemd.assertStarts((unit) => this.guard.admits(unit));
    this.systemd.listen((event) => {
      if (event.type !== "changed") return;
      if (this.systemd.units.get(event.name)?.activeState === "failed") this.excuse(event.name);
      this.guard.notice(event.name);
    });
  }

  get record(): MachineRecord {
    const { machineID: id, metadata, name } = this.options;
    const bootID = `${name}-boot-${this.systemd.boot}`;
    const capacity = { cpus: 1, memoryBytes: 1 };
    return { id, metadata, bootID, capacity, primaryIP: "", version: "", peerPort: 1 };
  }

  /** systemd stands still, and goes on with what it was asked meanwhile at `endHang`. */
  beginHang(): void {
    this.hungAt = Infinity;
    this.hang.begin();
  }

  endHang(): void {
    if (!this.hang.isOn) return;
    this.hungAt = this.#timeline.now;
    this.hang.end();
  }

  /** Power goes: whatever is under /run is gone when it comes back. */
  cutPower(): void {
    this.hungAt = Number.NEGATIVE_INFINITY;
    this.hang.forget();
    this.guard.end();
    this.guard = this.#newGuard();
    this.systemd.reboot();
    this.launches = new MemoryLaunchRecords();
    this.#excused.clear();
    this.formerOwnUnits.clear();
    for (const unit of this.ownUnits) this.formerOwnUnits.add(unit);
  }

  addOwnUnit(unit: string): void {
    this.ownUnits.add(unit);
    this.formerOwnUnits.add(unit);
    this.systemd.addHostUnit(unit);
  }

  removeOwnUnits(): void {
    this.hang.wake(() => {
      for (const unit of this.ownUnits) this.systemd.removeHostUnit(unit);
      this.ownUnits.clear();
    });
  }

  noteAskedStart(unit: string): void {
    const { activeState = "inactive", job } = this.systemd.units.get(unit) ?? {};
    if (!job && (activeState === "inactive" || activeState === "failed"))
      this.startedByAgent.set(unit, this.#timeline.now);
  }

  /** The unit does not run any more, and the agent is not to blame. */
  excuse(unit: string): void {
    this.#excused.set(unit, this.systemd.starts(unit));
  }

  isExcused(unit: string): boolean {
    return this.#excused.get(unit) === this.systemd.starts(unit);
  }

  launchRecordsFor(process: Process): LaunchRecords {
    const records = this.launches;
    return {
      get all() {
        return records.all;
      },
      put: (unit, record) => {
        process.passNow();
        records.put(unit, record);
        process.passNow();
      },
      delete: (unit) => {
        process.passNow();
        records.delete(unit);
      },
    };
  }

  guardFor(process: Process): Guard {
    const { guard } = this;
    const passing =
      <A extends unknown[]>(act: (...args: A) => void) =>
      (...args: A): void => {
        process.passNow();
        act(...args);
      };
    return {
      now: () => guard.now(),
      units: guard.units,
      get deadline() {
        return guard.deadline;
      },
      get isAlive() {
        return guard.isAlive;
      },
      get allowsStart() {
        return guard.allowsStart;
      },
      setDeadline: passing((until) => guard.setDeadline(until)),
      add: passing((unit) => guard.add(unit)),
      isIntact: (unit) => guard.isIntact(unit),
      remove: passing((unit) => guard.remove(unit)),
      get stopped() {
        return guard.stopped;
      },
      forgetStop: passing((unit) => guard.forgetStop(unit)),
    };
  }

  savedLeaseFor(process: Process): SavedLease {
    return {
      load: () => this.savedLease.load(),
      loadFormer: () => this.savedLease.loadFormer(),
      save: (id, former) => {
        process.passNow();
        this.savedLease.save(id, former);
        process.passNow();
      },
      clear: () => {
        process.passNow();
        this.savedLease.clear();
      },
    };
  }
}
