import { Backoff, type Clock, isProgrammingError, type Logger, logFailure, withTimeLimit } from "@flotilla/runtime";
import type { Lease, LeaseId } from "../port/index.ts";
import { LeaseLostError, StoreTimeoutError } from "../port/store-error.ts";

/** Told of each try to renew a lease, and whether the store renewed it: for metrics. */
export type RenewalObserver = (renewed: boolean) => void;

export interface HeldLeaseOptions {
  readonly id: LeaseId;
  /** What the store granted, milliseconds. */
  readonly ttlMs: number;
  /** `clock.monotonic()` right before the grant or renewal that `ttlMs` comes from was sent. */
  readonly sentAt: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Asks the store to start the TTL anew. Resolves to false when the store knows the lease no more. */
  readonly renew: (signal: AbortSignal) => Promise<boolean>;
  readonly revoke: (signal?: AbortSignal) => Promise<void>;
  /** Aborts when the store client is closed: nobody can renew any more. */
  readonly closed: AbortSignal;
  readonly onRenewal?: RenewalObserver | undefined;
}

/**
 * The holder's side of a lease, the same for every store.
 *
 * The store counts the TTL from when it received the last renewal, which is after that renewal was
 * sent. So a holder that gives up `margin` before `sentAt + TTL` gives up before the store can, as
 * long as both clocks run at the same rate to within margin/TTL (a tenth).
 */
export class HeldLease implements Lease {
  readonly id: LeaseId;
  readonly ttlMs: number;
  readonly #options: HeldLeaseOptions;
  readonly #lost = new AbortController();
  /** Aborts when there is nothing more to do: released, revoked or lost. */
  readonly #ended = new AbortController();
  #deadline: number;

  constructor(options: HeldLeaseOptions) {
    this.id = options.id;
    this.ttlMs = options.ttlMs;
    this.#options = options;
    this.#deadline = this.#deadlineFrom(options.sentAt);
    const onClose = (): void => this.#lose("the connection to the store was closed");
    options.closed.addEventListener("abort", onClose, { once: true, signal: this.#ended.signal });
    void this.#renewUntilEnded();
    void this.#loseAtDeadline();
  }

  /** Reads the clock, so that a holder who was frozen past the deadline sees it before the timer has run. */
  get lost(): AbortSignal {
    this.#checkDeadline();
    return this.#lost.signal;
  }

  release(): void {
    this.#ended.abort();
  }

  async revoke(signal?: AbortSignal): Promise<void> {
    this.release();
    await this.#options.revoke(signal);
  }

  #deadlineFrom(sentAt: number): number {
    // mutation: lease margin
    return sentAt + this.ttlMs * 0.9;
  }

  async #renewUntilEnded(): Promise<void> {
    const { clock, random, log, onRenewal } = this.#options;
    const backoff = new Backoff({ first: this.ttlMs / 30, most: this.ttlMs / 6, random });
    let pause = this.ttlMs / 3;
    while (await this.#pause(pause)) {
      const sentAt = clock.monotonic();
      try {
        const renewed = await this.#renewOnce();
        onRenewal?.(renewed);
        if (!renewed) return this.#lose("the store no longer knows it");
        this.#deadline = this.#deadlineFrom(sentAt);
        if (backoff.failures > 0) log.info("lease renewed again", { lease: this.id });
        backoff.reset();
        pause = Math.max(0, sentAt + this.ttlMs / 3 - clock.monotonic());
      } catch (error) {
        if (this.#ended.signal.aborted) return;
        onRenewal?.(false);
        if (backoff.failures === 0 || isProgrammingError(error))
          logFailure(log, "lease not renewed", error, { lease: this.id });
        pause = backoff.next();
      }
    }
  }

  /** One try takes a third of the TTL at most, so that there is time for another. */
  #renewOnce(): Promise<boolean> {
    const { clock, renew } = this.#options;
    const ms = this.ttlMs / 3;
    const timeout = (): Error =>
      new StoreTimeoutError(`The store did not answer a lease renewal within ${Math.round(ms)} ms.`);
    return withTimeLimit({ clock, ms, timeout }, [this.#ended.signal], renew);
  }

  async #loseAtDeadline(): Promise<void> {
    while (!this.#checkDeadline() && (await this.#pause(this.#deadline - this.#options.clock.monotonic()))) {
      // A renewal may have moved the deadline on meanwhile.
    }
  }

  #checkDeadline(): boolean {
    if (this.#options.clock.monotonic() < this.#deadline) return false;
    this.#lose(`it could not be renewed within ${Math.round(this.ttlMs * 0.9)} ms`);
    return true;
  }

  /** False once there is nothing more to do. */
  #pause(ms: number): Promise<boolean> {
    return this.#options.clock.sleep(ms, this.#ended.signal).then(
      () => !this.#ended.signal.aborted,
      () => false,
    );
  }

  #lose(why: string): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    this.#lost.abort(new LeaseLostError(`The lease ${this.id} is lost: ${why}. What it guarded may now be another's.`));
  }
}
