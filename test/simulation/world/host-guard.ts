import type { Guard } from "@flotilla/agent";
import type { FakeSystemd } from "@flotilla/systemd/fake";
import type { Timeline } from "./timeline.ts";

export interface HostGuardOptions {
  readonly systemd: FakeSystemd;
  readonly timeline: Timeline;
  /** How long units may take to stop before they are killed, milliseconds. */
  readonly stopLimitMs: number;
  /** Told of each unit that it is about to stop. */
  readonly onStop: (unit: string) => void;
}

/** How often it looks, milliseconds. */
const LOOK_MS = 1_000;

/**
 * A host's fleet-guard.service (units/fleet-guard.service) and the files by which fleetd speaks with it. It looks once
 * a second, whatever has become of the daemons; here only at those seconds at which there is something to see.
 */
export class HostGuard implements Guard {
  readonly #options: HostGuardOptions;
  readonly #units = new Set<string>();
  /** Where in each second it looks. */
  readonly #phase: number;
  #deadline = 0;
  #letsRun = false;
  #lapsedAt: number | undefined;
  /** When it looks next. */
  #looksAt = Infinity;
  #ended = false;

  constructor(options: HostGuardOptions) {
    this.#options = options;
    this.#phase = options.timeline.now % LOOK_MS;
  }

  /** Whether systemd may start this unit: the drop-in's assertion. */
  admits(unit: string): boolean {
    return this.#letsRun || !this.#units.has(unit);
  }

  /** Its host has no power any more. */
  end(): void {
    this.#ended = true;
  }

  now(): number {
    return this.#options.timeline.now;
  }

  get deadline(): number {
    return this.#deadline;
  }

  get letsRun(): boolean {
    return this.#letsRun;
  }

  get units(): ReadonlySet<string> {
    return this.#units;
  }

  holdOff(until: number): void {
    this.#deadline = until;
    this.#await();
  }

  add(unit: string): void {
    this.#units.add(unit);
    this.#await();
  }

  remove(unit: string): void {
    this.#units.delete(unit);
  }

  /** Looks next when that can make a difference: at the next second, or while units are let run at the deadline. */
  #await(): void {
    const { timeline } = this.#options;
    const since = this.#letsRun ? Math.max(timeline.now, this.#deadline) : timeline.now;
    const look = Math.floor((since - this.#phase) / LOOK_MS + 1) * LOOK_MS + this.#phase;
    if (look >= this.#looksAt || this.#ended) return;
    this.#looksAt = look;
    timeline.after(look - timeline.now, () => {
      if (this.#looksAt !== look || this.#ended) return;
      this.#looksAt = Infinity;
      this.#look();
    });
  }

  #look(): void {
    const { systemd, timeline, stopLimitMs } = this.#options;
    this.#letsRun = timeline.now < this.#deadline;
    if (this.#letsRun) this.#lapsedAt = undefined;
    else {
      this.#lapsedAt ??= timeline.now;
      const up = [...this.#units].filter((unit) => systemd.units.has(unit));
      for (const unit of up) {
        this.#options.onStop(unit);
        systemd.admin("stop", unit).catch(() => {});
        if (timeline.now >= this.#lapsedAt + stopLimitMs && systemd.units.has(unit)) systemd.kill(unit, 9);
      }
      if (up.length === 0) return;
    }
    this.#await();
  }
}
