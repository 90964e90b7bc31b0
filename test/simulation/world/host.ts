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
  /** The host's name in the history, such as "m1". Two hosts with the same machine ID have different names. */
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether the machine has no store of its own, and reaches the cluster's through the servers. */
  readonly isAgent: boolean;
}

export interface HostEvents {
  /** Called for each unit that the guard stops. */
  readonly onGuardStop: (unit: string) => void;
  /** Called for each unit that systemd starts without a request. */
  readonly onOwnStart: (unit: string) => void;
}

/** The duration of a daemon-reload, in milliseconds. */
export const RELOAD_MS = 40;

/** `exclusive_stop_limit` of every machine, in milliseconds. */
export const STOP_LIMIT_MS = 4_000;

/** A machine without its daemon: what remains when a process dies, and what a power cut changes. */
export class Host {
  readonly options: HostOptions;
  readonly systemd: FakeSystemd;
  /** A standstill of systemd alone: units keep running, but systemd does not answer. */
  readonly hang = new Standstill();
  /** When systemd's last hang ended; Infinity while it hangs. */
  hungAt = Number.NEGATIVE_INFINITY;
  /** On disk. */
  readonly savedLease = new MemorySavedLease();
  /** Under /run. */
  launches = new MemoryLaunchRecords();
  guard: HostGuard;
  /** The host's own units, which only share a name with the cluster's. */
  readonly ownUnits = new Set<string>();
  /** All own units since the host booted, including those that were removed. */
  readonly formerOwnUnits = new Set<string>();
  /** When an agent last requested a start of a unit that was down and had no job. */
  readonly startedByAgent = new Map<string, number>();
  /** Units that may be down although they were started, with their number of starts at that time. */
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

  /** Makes systemd hang. It executes pending requests after `endHang`. */
  beginHang(): void {
    this.hungAt = Infinity;
    this.hang.begin();
  }

  endHang(): void {
    if (!this.hang.isOn) return;
    this.hungAt = this.#timeline.now;
    this.hang.end();
  }

  /** Cuts the power: everything under /run is lost. */
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

  /** Notes that a unit may be down, because something other than the agent has stopped it. */
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
