import type {
  Lease,
  LeaseId,
  LeaseTime,
  RangePage,
  RangeRequest,
  Revision,
  Store,
  Txn,
  TxnResult,
  WatchBatch,
  WatchRequest,
} from "@flotilla/store";
import type { Clock } from "@flotilla/runtime";
import type { StoreCall, StoreCallObserver } from "./store-call-metrics.ts";

/** A wrapper of a store that reports the duration and the success of each call. */
export class ObservedStore implements Store {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #onCall: StoreCallObserver;

  constructor(store: Store, clock: Clock, onCall: StoreCallObserver) {
    this.#store = store;
    this.#clock = clock;
    this.#onCall = onCall;
  }

  revision(signal?: AbortSignal): Promise<Revision> {
    return this.#observed("revision", signal, () => this.#store.revision(signal));
  }

  range(request: RangeRequest, signal?: AbortSignal): Promise<RangePage> {
    const call = request.exact === true ? "get" : "get_all";
    return this.#observed(call, signal, () => this.#store.range(request, signal));
  }

  txn(txn: Txn, signal?: AbortSignal): Promise<TxnResult> {
    return this.#observed("set", signal, () => this.#store.txn(txn, signal));
  }

  watch(request: WatchRequest, signal: AbortSignal): AsyncIterable<WatchBatch> {
    return this.#store.watch(request, signal);
  }

  grant(ttlMs: number, signal?: AbortSignal): Promise<Lease> {
    return this.#store.grant(ttlMs, signal);
  }

  resume(id: LeaseId, ttlMs: number, signal?: AbortSignal): Promise<Lease | undefined> {
    return this.#store.resume(id, ttlMs, signal);
  }

  leaseTime(id: LeaseId, signal?: AbortSignal, limitMs?: number): Promise<LeaseTime | undefined> {
    return this.#store.leaseTime(id, signal, limitMs);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #observed<T>(call: StoreCall, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const begun = this.#clock.monotonic();
    const report = (succeeded: boolean): void =>
      this.#onCall(call, (this.#clock.monotonic() - begun) / 1000, succeeded);
    try {
      const result = await work();
      report(true);
      return result;
    } catch (error) {
      // A call aborted by its caller is no failure of the store.
      if (signal?.aborted !== true) report(false);
      throw error;
    }
  }
}
