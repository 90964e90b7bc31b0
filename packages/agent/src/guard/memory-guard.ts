import type { Clock } from "@flotilla/runtime";
import type { Guard } from "./guard.ts";

/** A guard that lasts as long as this object, on a clock of the caller's: for tests and the simulator. */
export class MemoryGuard implements Guard {
  readonly units = new Set<string>();
  readonly stopped = new Set<string>();
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
