import type { Clock } from "@flotilla/runtime";
import type { Guard } from "./guard.ts";

/** A guard that lasts as long as this object, on a clock of the caller's: for tests and the simulator. */
export class MemoryGuard implements Guard {
  readonly units = new Set<string>();
  readonly stopped = new Set<string>();
  /** Units of which somebody has removed what the guard has. */
  readonly torn = new Set<string>();
  isAtWork = true;
  deadline = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.monotonic();
  }

  holdOff(until: number): void {
    this.deadline = until;
  }

  add(unit: string): void {
    this.units.add(unit);
    this.torn.delete(unit);
  }

  isWhole(unit: string): boolean {
    return this.units.has(unit) && !this.torn.has(unit);
  }

  remove(unit: string): void {
    this.units.delete(unit);
    this.stopped.delete(unit);
  }

  forgetStop(unit: string): void {
    this.stopped.delete(unit);
  }

  get letsRun(): boolean {
    return this.isAtWork && this.now() < this.deadline;
  }
}
