import type { Clock } from "@flotilla/runtime";

/** Failed attempts that one address may make in a window. */
export const MOST_FAILED_ATTEMPTS = 10;

/** The window in which failed attempts count, milliseconds. */
export const ATTEMPT_WINDOW_MS = 60_000;

/** Addresses of which failed attempts are known; the one that failed first is forgotten for a new one. */
export const MOST_ADDRESSES = 1_024;

interface Attempts {
  readonly since: number;
  failed: number;
}

/** Counts failed attempts by address, in bounded memory. */
export class AttemptLimit {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #attempts = new Map<string, Attempts>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** Whether the address has failed too often to be served now. */
  isExceeded(address: string): boolean {
    return (this.#current(address)?.failed ?? 0) >= MOST_FAILED_ATTEMPTS;
  }

  noteFailure(address: string): void {
    const current = this.#current(address);
    if (current) {
      current.failed += 1;
      return;
    }
    this.#attempts.delete(address);
    const [first] = this.#attempts.keys();
    if (this.#attempts.size >= MOST_ADDRESSES && first !== undefined) this.#attempts.delete(first);
    this.#attempts.set(address, { since: this.#clock.monotonic(), failed: 1 });
  }

  #current(address: string): Attempts | undefined {
    const attempts = this.#attempts.get(address);
    return attempts && this.#clock.monotonic() - attempts.since < ATTEMPT_WINDOW_MS ? attempts : undefined;
  }
}
