import type { Clock } from "@flotilla/runtime";
import type { Guard } from "./guard.ts";

/** A guard in memory on the caller's clock, for tests and the simulator. */
export class MemoryGuard implements Guard {
  readonly units = new Set<string>();
  readonly stopped = new Set<string>();
  /** Units whose files of the guard were changed by hand. */
  readonly damaged = new Set<string>();
  isAlive = true;
  deadline = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.monotonic();
  }

  setDeadline(until: number): void {
    this.deadline = until;
  }

  add(unit: string): void {
    this.units.add(unit);
    this.damaged.delete(unit);
  }

  isIntact(unit: string): boolean {
    return this.units.has(unit) && !this.damaged.has(unit);
  }

  remove(unit: string): void {
    this.units.delete(unit);
    this.stopped.delete(unit);
  }

  forgetStop(unit: string): void {
    this.stopped.delete(unit);
  }

  get allowsStart(): boolean {
    return this.isAlive && this.now() < this.deadline;
  }
}
