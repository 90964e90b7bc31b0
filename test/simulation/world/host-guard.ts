import type { Guard } from "@flotilla/agent";
import type { FakeSystemd } from "@flotilla/systemd/fake";
import type { Standstill } from "./standstill.ts";
import type { Timeline } from "./timeline.ts";

/** The host that the guard watches. */
export interface GuardedHost {
  readonly systemd: FakeSystemd;
  readonly hang: Standstill;
  readonly options: { readonly clockRate: number };
}

export interface HostGuardOptions {
  readonly host: GuardedHost;
  readonly timeline: Timeline;
  /** How long units may take to stop before they are killed, in milliseconds. */
  readonly stopLimitMs: number;
  /** Called for each unit that the guard notes as stopped. */
  readonly onStop: (unit: string) => void;
}

/** The interval at which the guard checks its units, in milliseconds. */
const LOOK_MS = 1_000;

/**
 * A host's fleet-guard.service (units/fleet-guard.service), and the files through which fleetd communicates with it. It
 * checks once a second, whatever the daemons do. The simulation skips the seconds in which it would find nothing. A
 * request to a systemd that hangs is repeated a second later.
 */
export class HostGuard implements Guard {
  readonly #options: HostGuardOptions;
  readonly #units = new Set<string>();
  readonly #stopped = new Set<string>();
  /** The offset of its checks within each second. */
  readonly #phase: number;
  #deadline = 0;
  #allowsStart = false;
  #lapsedAt: number | undefined;
  /** The time of its next check. */
  #looksAt = Infinity;
  #ended = false;

  constructor(options: HostGuardOptions) {
    this.#options = options;
    this.#phase = options.timeline.now % LOOK_MS;
  }

  /** Whether systemd may start this unit, as the drop-in asserts. */
  admits(unit: string): boolean {
    return this.#allowsStart || !this.#units.has(unit);
  }

  /** Ends the guard, because its host has lost power. */
  end(): void {
    this.#ended = true;
  }

  now(): number {
    const { timeline, host } = this.#options;
    return timeline.now * host.options.clockRate;
  }

  get deadline(): number {
    return this.#deadline;
  }

  get isAlive(): boolean {
    return !this.#ended;
  }

  get allowsStart(): boolean {
    return this.#allowsStart;
  }

  get units(): ReadonlySet<string> {
    return this.#units;
  }

  setDeadline(until: number): void {
    this.#deadline = until;
    this.#await();
  }

  add(unit: string): void {
    this.#units.add(unit);
    this.#await();
  }

  isIntact(unit: string): boolean {
    return this.#units.has(unit);
  }

  remove(unit: string): void {
    this.#units.delete(unit);
    this.#stopped.delete(unit);
  }

  get stopped(): ReadonlySet<string> {
    return this.#stopped;
  }

  forgetStop(unit: string): void {
    this.#stopped.delete(unit);
  }

  /** Schedules the next check: at the next second, or after the deadline while units may run. */
  #await(): void {
    const { timeline, host } = this.#options;
    const since = this.#allowsStart ? Math.max(timeline.now, this.#deadline / host.options.clockRate) : timeline.now;
    const look = Math.floor((since - this.#phase) / LOOK_MS + 1) * LOOK_MS + this.#phase;
    if (look >= this.#looksAt || this.#ended) return;
    this.#looksAt = look;
    timeline.after(look - timeline.now, () => {
      if (this.#looksAt !== look || this.#ended) return;
      this.#looksAt = Infinity;
      this.#look();
    });
  }

  /** Called after a unit has changed, because it may be up although it must not. */
  notice(unit: string): void {
    if (!this.#allowsStart && this.#units.has(unit) && this.#isUp(unit)) this.#await();
  }

  #isUp(unit: string): boolean {
    const { activeState = "inactive" } = this.#options.host.systemd.units.get(unit) ?? {};
    return activeState !== "inactive" && activeState !== "failed";
  }

  #look(): void {
    const now = this.now();
    this.#allowsStart = now < this.#deadline;
    if (this.#allowsStart) this.#lapsedAt = undefined;
    else {
      this.#lapsedAt ??= now;
      const up = [...this.#units].filter((unit) => this.#isUp(unit));
      if (up.length === 0) return;
      // Units of a systemd that does not answer count as up.
      if (this.#options.host.hang.isOn) for (const unit of this.#units) this.#note(unit);
      else for (const unit of up) this.#stop(unit, now >= this.#lapsedAt + this.#options.stopLimitMs);
    }
    this.#await();
  }

  #stop(unit: string, isOverdue: boolean): void {
    const { systemd } = this.#options.host;
    this.#note(unit);
    systemd.admin("stop", unit).catch(() => {});
    if (isOverdue && systemd.units.has(unit)) systemd.kill(unit, 9);
  }

  #note(unit: string): void {
    this.#stopped.add(unit);
    this.#options.onStop(unit);
  }
}
