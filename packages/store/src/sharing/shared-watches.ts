import { Backoff, type Clock, isOutage, untilAborted } from "@flotilla/runtime";
import type { Revision, Store, WatchBatch, WatchRequest } from "../port/index.ts";
import { checkSelection } from "../port/request-rules.ts";
import { StoreUnavailableError } from "../port/store-error.ts";
import { Family } from "./family.ts";
import type { HistoryLimits } from "./history.ts";
import { readSign, requireSameStore, type StoreSign } from "./same-store.ts";
import { SharedRead } from "./shared-read.ts";

export interface SharedWatchesOptions {
  /** Prefixes under which watches share one watch of the store, such as `assignment/`. No prefix begins with another. */
  readonly families: readonly string[];
  /** The key of the witness that the watches have. A watch with another witness is not shared. */
  readonly witness: string;
  readonly clock: Clock;
  /** In [0, 1); for the jitter of retries. */
  readonly random: () => number;
  /** The history of each family. */
  readonly limits?: HistoryLimits;
}

/** What a family holds at most: the changes of some minutes in a large cluster that is busy. */
const HISTORY_EVENTS = 50_000;
/** Characters in the keys and values of these changes. */
const HISTORY_TEXT = 16 * 1024 * 1024;

/**
 * Wraps a store so that many watches under a few prefixes share one watch of the store for each prefix. An event costs
 * nothing for the watches of other keys: a family finds the watches of a key by the part of the key up to the next slash.
 *
 * A watch that begins before the family's history, or whose reader is so slow that the history has lost what it needs,
 * reads from the store by a watch of its own until the history has the rest. A watch that begins at a revision which the
 * store has compacted, but the history still holds, gets the changes from the history.
 */
export function withSharedWatches(store: Store, options: SharedWatchesOptions): Store {
  const watches = new SharedWatches(store, options);
  return {
    watch: (request, signal) => watches.watch(request, signal),
    close: () => watches.close(),
    revision: (signal) => store.revision(signal),
    range: (request, signal) => store.range(request, signal),
    txn: (txn, signal) => store.txn(txn, signal),
    grant: (ttlMs, signal) => store.grant(ttlMs, signal),
    resume: (id, ttlMs, signal) => store.resume(id, ttlMs, signal),
    leaseTime: (id, signal, limitMs) => store.leaseTime(id, signal, limitMs),
  };
}

class SharedWatches {
  readonly #store: Store;
  readonly #options: SharedWatchesOptions;
  readonly #families = new Map<string, Family>();
  readonly #closed = new AbortController();
  readonly #sign: SharedRead<StoreSign>;

  constructor(store: Store, options: SharedWatchesOptions) {
    this.#store = store;
    this.#options = options;
    this.#sign = new SharedRead(() => readSign(store, options.witness));
  }

  watch(request: WatchRequest, signal: AbortSignal): AsyncIterable<WatchBatch> {
    const prefix = this.#options.families.find((family) => request.prefix.startsWith(family));
    const isShared = request.witness === undefined || request.witness.key === this.#options.witness;
    if (prefix === undefined || !isShared) return this.#store.watch(request, signal);
    return this.#share(prefix, request, signal);
  }

  async close(): Promise<void> {
    if (!this.#closed.signal.aborted)
      this.#closed.abort(new StoreUnavailableError("the connection to the store is closed"));
    await this.#store.close();
  }

  async *#share(prefix: string, request: WatchRequest, signal: AbortSignal): AsyncGenerator<WatchBatch, never> {
    checkSelection(request);
    await this.#requireSameStore(request, signal);
    let next = Math.max(1, request.from);
    for (;;) {
      const family = this.#family(prefix, request, next);
      if (family.holds(next)) next = yield* family.follow(request, next, signal);
      next = yield* this.#catchUp(family, { ...request, from: next }, signal);
    }
  }

  /** Returns the family; begins one for a watch from revision `from` on if there is none. */
  #family(prefix: string, { witness }: WatchRequest, from: Revision): Family {
    const name = JSON.stringify([prefix, witness?.value]);
    const known = this.#families.get(name);
    if (known !== undefined) return known;
    const { clock, limits = { events: HISTORY_EVENTS, text: HISTORY_TEXT } } = this.#options;
    const onEnd = (): void => void this.#families.delete(name);
    const signal = this.#closed.signal;
    const family = new Family({ store: this.#store, prefix, witness, from, limits, clock, signal, onEnd });
    this.#families.set(name, family);
    return family;
  }

  /** Watches the store itself until the family holds the rest. Returns the revision from which on the rest is. */
  async *#catchUp(family: Family, request: WatchRequest, signal: AbortSignal): AsyncGenerator<WatchBatch, Revision> {
    let next = request.from;
    if (family.holds(next)) return next;
    for await (const batch of this.#store.watch(request, signal)) {
      yield batch;
      // mutation: caught up with the history
      next = Math.max(next, batch.revision + 1);
      if (family.holds(next)) break;
    }
    return next;
  }

  /** The store checks the watches of families, but not which of these a new watch may share. */
  async #requireSameStore(request: WatchRequest, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    const backoff = new Backoff({ first: 50, most: 2_000, random });
    const signals = [signal, this.#closed.signal];
    for (;;) {
      try {
        const sign = await untilAborted(signals, () => this.#sign.get());
        return requireSameStore(request, sign);
      } catch (error) {
        for (const each of signals) each.throwIfAborted();
        if (!isOutage(error)) throw error;
        const over = new AbortController();
        await untilAborted(signals, () => clock.sleep(backoff.next(), over.signal), over);
      }
    }
  }
}
