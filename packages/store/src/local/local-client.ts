import {
  Backoff,
  type Clock,
  type Logger,
  Nudge,
  rethrowProgrammingError,
  untilAborted,
  withTimeLimit,
} from "@flotilla/runtime";
import type { RenewalObserver } from "../lease/held-lease.ts";
import { LeaseHolder } from "../lease/lease-holder.ts";
import {
  type GrantedLease,
  keyOf,
  type Lease,
  type LeaseCalls,
  type LeaseId,
  type LeaseReading,
  type LeaseTime,
  type RangePage,
  type RangeRequest,
  type Revision,
  selects,
  type Store,
  type Txn,
  type TxnResult,
  type WatchBatch,
  type WatchRequest,
} from "../port/index.ts";
import { checkSelection } from "../port/request-rules.ts";
import { CompactedError, StoreReplacedError, StoreTimeoutError, StoreUnavailableError } from "../port/store-error.ts";
import type { Call, Faults } from "./faults.ts";
import type { LocalStore } from "./local-store.ts";

export interface LocalClientOptions {
  readonly store: LocalStore;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly newLeaseId: () => LeaseId;
  readonly faults?: Faults | undefined;
  /** Time limit of a call, for when `faults` delay it, milliseconds. Default 5,000. */
  readonly requestTimeoutMs?: number | undefined;
  readonly onClose?: () => void;
  readonly onRenewal?: RenewalObserver | undefined;
}

/** A client of a LocalStore. */
export class LocalClient implements Store, LeaseCalls {
  readonly #options: LocalClientOptions;
  readonly #store: LocalStore;
  readonly #closed = new AbortController();
  /** Aborts when this client or the store is closed. */
  readonly #over: AbortSignal;
  readonly #forget: () => void;
  readonly #holder: LeaseHolder;

  constructor(options: LocalClientOptions) {
    this.#options = options;
    this.#store = options.store;
    const { signal, forget } = either(this.#closed.signal, options.store.closed);
    this.#over = signal;
    this.#forget = forget;
    const { clock, random, log, onRenewal } = options;
    this.#holder = new LeaseHolder({ calls: this, clock, random, log, closed: this.#closed.signal, onRenewal });
  }

  revision(signal?: AbortSignal): Promise<Revision> {
    return this.#call({ type: "revision" }, signal, async () => this.#store.revision);
  }

  range(request: RangeRequest, signal?: AbortSignal): Promise<RangePage> {
    return this.#call({ type: "range", request }, signal, async () => this.#store.range(request));
  }

  txn(txn: Txn, signal?: AbortSignal): Promise<TxnResult> {
    return this.#call({ type: "txn", txn }, signal, () => this.#store.txn(txn));
  }

  async *watch(request: WatchRequest, signal: AbortSignal): AsyncGenerator<WatchBatch, never> {
    checkSelection(request);
    const { clock, random } = this.#options;
    const backoff = new Backoff({ first: 50, most: 2_000, random });
    const changed = new Nudge();
    const ended = either(signal, this.#over);
    let next = request.from;
    /** Whether it waits for news. */
    let isWaiting = false;
    const unsubscribe = this.#store.subscribe(() => {
      isWaiting &&= !this.#hasNews(request, next);
      if (isWaiting) next = this.#store.revision + 1;
      else changed.poke();
    });
    try {
      for (;;) {
        try {
          if (this.#hasNews(request, next)) {
            const batch = await this.#call({ type: "watch", request }, signal, async () => this.#batch(request, next));
            backoff.reset();
            if (batch.revision >= next) {
              next = batch.revision + 1;
              yield batch;
            }
          } else next = this.#store.revision + 1;
          isWaiting = true;
          await changed.wait(ended.signal);
        } catch (error) {
          this.#throwIfOver(signal);
          if (error instanceof CompactedError || error instanceof StoreReplacedError) throw error;
          rethrowProgrammingError(error);
          await clock.sleep(backoff.next(), ended.signal);
        }
      }
    } finally {
      unsubscribe();
      ended.forget();
    }
  }

  grant(ttlMs: number, signal?: AbortSignal): Promise<Lease> {
    return this.#holder.grant(ttlMs, signal);
  }

  resume(id: LeaseId, _ttlMs: number, signal?: AbortSignal): Promise<Lease | undefined> {
    return this.#holder.resume(id, signal);
  }

  leaseTime(lease: LeaseId, signal?: AbortSignal): Promise<LeaseTime | undefined> {
    return this.#call({ type: "lease-time", lease }, signal, async () => this.#store.leaseTime(lease));
  }

  async grantLease(
    id: LeaseId = this.#options.newLeaseId(),
    ttlMs: number,
    signal?: AbortSignal,
  ): Promise<GrantedLease> {
    const granted = await this.#call({ type: "grant", ttlMs }, signal, () => this.#store.grant(id, ttlMs));
    return { id, ttlMs: granted };
  }

  renewLease(lease: LeaseId, signal?: AbortSignal): Promise<number | undefined> {
    return this.#call({ type: "renew", lease }, signal, async () => this.#store.renew(lease));
  }

  revokeLease(lease: LeaseId, signal?: AbortSignal): Promise<void> {
    return this.#call({ type: "revoke", lease }, signal, () => this.#store.endLease(lease));
  }

  readLease(lease: LeaseId, signal?: AbortSignal): Promise<LeaseReading | undefined> {
    return this.#call({ type: "lease-time", lease }, signal, async () => this.#store.readLease(lease));
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort(new StoreUnavailableError("the connection to the store is closed"));
    this.#forget();
    this.#options.onClose?.();
  }

  /** With `faults`, the client behaves as if connected to etcd, which does not report changes of other keys. */
  #hasNews(request: WatchRequest, from: Revision): boolean {
    if (this.#options.faults === undefined) return true;
    try {
      return this.#store
        .changesFor({ ...request, from })
        .some(({ steps }) => steps.some(({ event }) => selects(request, keyOf(event))));
    } catch {
      // The next delivery reports the error.
      return true;
    }
  }

  #batch(request: WatchRequest, from: Revision): WatchBatch {
    const events = this.#store
      .changesFor({ ...request, from })
      .flatMap(({ steps }) => steps.map(({ event }) => event))
      .filter((event) => selects(request, keyOf(event)));
    return { events, revision: this.#store.revision };
  }

  /** Ends with the signal or when the client closes. A time limit applies if faults may delay the call. */
  #call<T>(call: Call, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const { clock, faults, requestTimeoutMs: ms = 5_000 } = this.#options;
    const signals = this.#signals(signal);
    if (faults === undefined) return untilAborted(signals, work);
    const timeout = (): Error => new StoreTimeoutError(`the store did not answer within ${ms} ms (${call.type})`);
    return withTimeLimit({ clock, ms, timeout }, signals, async (limited) => {
      await faults.before?.(call, limited);
      limited.throwIfAborted();
      faults.doing?.(call);
      const working = work();
      faults.done?.(call);
      const result = await working;
      await faults.after?.(call, limited);
      return result;
    });
  }

  #throwIfOver(signal: AbortSignal): void {
    for (const each of this.#signals(signal)) each?.throwIfAborted();
  }

  #signals(signal: AbortSignal | undefined): (AbortSignal | undefined)[] {
    return [signal, this.#over];
  }
}

/** One signal for both: every call listens to it, and a composite signal asks its parts each time. */
function either(...signals: readonly AbortSignal[]): { readonly signal: AbortSignal; readonly forget: () => void } {
  const ended = new AbortController();
  const end = (): void => ended.abort(signals.find(({ aborted }) => aborted)?.reason);
  for (const each of signals) each.addEventListener("abort", end, { once: true });
  if (signals.some(({ aborted }) => aborted)) end();
  return {
    signal: ended.signal,
    forget: () => {
      for (const each of signals) each.removeEventListener("abort", end);
    },
  };
}
