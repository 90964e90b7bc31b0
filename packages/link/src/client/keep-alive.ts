import type { Clock } from "@flotilla/runtime";

/** A check that ran so much later than planned means that this process was suspended, milliseconds. */
const SUSPENDED_MS = 500;

export interface KeepAliveOptions {
  readonly clock: Clock;
  readonly pingMs: number;
  readonly pongMs: number;
  /** Sends a PING; calls back when the answer arrives. */
  readonly ping: (onPong: () => void) => void;
  /** Changes when the peer sends anything. */
  readonly bytesRead: () => number;
  /** Called once when the peer is silent. */
  readonly onSilence: (reason: string) => void;
}

/** Sends a PING at an interval and reports a peer that does not answer. Any bytes from the peer count as an answer. */
export class KeepAlive {
  readonly #options: KeepAliveOptions;
  #cancel: () => void;
  #isStopped = false;

  constructor(options: KeepAliveOptions) {
    this.#options = options;
    this.#cancel = options.clock.after(options.pingMs, () => this.#ping());
  }

  /** Sends no further PING, also when the answer to the last one is still on its way. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  #ping(): void {
    const { clock, pingMs, ping } = this.#options;
    this.#expectAnswer();
    ping(() => {
      if (this.#isStopped) return;
      this.#cancel();
      this.#cancel = clock.after(pingMs, () => this.#ping());
    });
  }

  #expectAnswer(): void {
    const { clock, pongMs, bytesRead, onSilence } = this.#options;
    const [heard, dueAt] = [bytesRead(), clock.monotonic() + pongMs];
    this.#cancel = clock.after(pongMs, () => {
      const wasSuspended = clock.monotonic() > dueAt + SUSPENDED_MS;
      if (bytesRead() !== heard || wasSuspended) this.#expectAnswer();
      else onSilence(`no answer to a PING for ${pongMs} ms`);
    });
  }
}
