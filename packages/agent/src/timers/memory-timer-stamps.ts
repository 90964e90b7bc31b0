import type { TimerStamps } from "./timer-stamps.ts";

/** Stamps in memory, for tests. */
export class MemoryTimerStamps implements TimerStamps {
  readonly #stamps = new Map<string, number>();

  read(timer: string): number | undefined {
    return this.#stamps.get(timer);
  }

  write(timer: string, at: number): void {
    this.#stamps.set(timer, at);
  }
}
