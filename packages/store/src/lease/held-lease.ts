import { Backoff, type Clock, isProgrammingError, type Logger, logFailure, withTimeLimit } from "@flotilla/runtime";
import type { Lease, LeaseId } from "../port/index.ts";
import { LeaseLostError, StoreTimeoutError } from "../port/store-error.ts";

/** Called after each attempt to renew a lease, with whether the store renewed it: for metrics. */
export type RenewalObserver = (renewed: boolean) => void;

export interface HeldLeaseOptions {
  readonly id: LeaseId;
  /** The TTL that the store granted, milliseconds. */
  readonly ttlMs: number;
  /** `clock.monotonic()` right before the request that returned `ttlMs` was sent. */
  readonly sentAt: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Asks the store to restart the TTL. Resolves to false when the store no longer knows the lease. */
  readonly renew: (signal: AbortSignal) => Promise<boolean>;
  readonly revoke: (signal?: AbortSignal) => Promise<void>;
  /** Aborts when the store client is closed: the lease can no longer be renewed. */
  readonly closed: AbortSignal;
  readonly onRenewal?: RenewalObserver | undefined;
}

/**
 * The holder's side of a lease, the same for every store.
 *
 * The store counts the TTL from when it receives a renewal, which is after the holder sent it. A holder that gives up a
 * tenth of the TTL before `sentAt + TTL` therefore gives up before the store expires the lease, if the rates of both
 * clocks differ by less than a tenth.
 */
export class HeldLease implements Lease {
  readonly id: LeaseId;
  readonly ttlMs: number;
  readonly #options: HeldLeaseOptions;
  readonly #lost = new AbortController();
  /** Aborts when the lease is released, revoked or lost. */
  readonly #ended = new AbortController();
  #deadline: number;
  #cancelTimer: () => void = () => {};

  constructor(options: HeldLeaseOptions) {
    this.id = options.id;
    this.ttlMs = options.ttlMs;
    this.#options = options;
    this.#deadline = this.#deadlineFrom(options.sentAt);
    const onClose = (): void => this.#lose("the connection to the store was closed");
    options.closed.addEventListener("abort", onClose, { once: true, signal: this.#ended.signal });
    void this.#renewUntilEnded();
    this.#awaitDeadline();
  }

  /** Checks the deadline itself: after a suspension of the process, a caller may read this before the timer fires. */
  get lost(): AbortSignal {
    this.#checkDeadline();
    return this.#lost.signal;
  }

  release(): void {
    this.#cancelTimer();
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
        if (!renewed) return this.#lose("the store no longer knows the lease");
        this.#deadline = this.#deadlineFrom(sentAt);
        this.#awaitDeadline();
        if (backoff.failures > 0) log.info("lease renewed again", { lease: this.id });
        backoff.reset();
        pause = Math.max(0, sentAt + this.ttlMs / 3 - clock.monotonic());
      } catch (error) {
        if (this.#ended.signal.aborted) return;
        onRenewal?.(false);
        if (backoff.failures === 0 || isProgrammingError(error))
          logFailure(log, "cannot renew the lease", error, { lease: this.id });
        pause = backoff.next();
      }
    }
  }

  /** One attempt takes at most a third of the TTL, so that there is time for another. */
  #renewOnce(): Promise<boolean> {
    const { clock, renew } = this.#options;
    const ms = this.ttlMs / 3;
    const timeout = (): Error =>
      new StoreTimeoutError(`the store did not answer a lease renewal within ${Math.round(ms)} ms`);
    return withTimeLimit({ clock, ms, timeout }, [this.#ended.signal], renew);
  }

  /** Each renewal sets the timer again, which costs less than to wake up at a deadline that has moved. */
  #awaitDeadline(): void {
    this.#cancelTimer();
    if (this.#ended.signal.aborted || this.#checkDeadline()) return;
    const { clock } = this.#options;
    this.#cancelTimer = clock.after(this.#deadline - clock.monotonic(), () => this.#awaitDeadline());
  }

  #checkDeadline(): boolean {
    if (this.#options.clock.monotonic() < this.#deadline) return false;
    this.#lose(`not renewed within ${Math.round(this.ttlMs * 0.9)} ms`);
    return true;
  }

  /** Resolves to false once the lease is released, revoked or lost. */
  #pause(ms: number): Promise<boolean> {
    return this.#options.clock.sleep(ms, this.#ended.signal).then(
      () => !this.#ended.signal.aborted,
      () => false,
    );
  }

  #lose(why: string): void {
    if (this.#ended.signal.aborted) return;
    this.release();
    this.#lost.abort(new LeaseLostError(`lost lease ${this.id}: ${why}; another client may already hold its keys`));
  }
}
