import type {
  Compare,
  GrantedLease,
  KeyValue,
  Lease,
  LeaseCalls,
  LeaseId,
  LeaseReading,
  LeaseTime,
  RangePage,
  RangeRequest,
  Revision,
  Store,
  Txn,
  TxnResult,
  WatchBatch,
  WatchEvent,
  WatchRequest,
} from "../port/index.ts";
import { CompactedError } from "../port/store-error.ts";
import { readBase } from "./base.ts";

export interface ContinuedStoreOptions {
  readonly store: Store & LeaseCalls;
  /** The key of the base: see `baseValue`. */
  readonly baseKey: string;
}

/** The modification revision of no key: a compare with it fails. */
const NEVER = Number.MAX_SAFE_INTEGER;

/**
 * A store that continues the revisions of another store. A copy of a store cannot have the original's revisions: each
 * write of etcd takes the next one. So the copy holds a base, the last revision of the original plus one, and this class
 * adds the base to each revision of the copy. For its clients, the copy is the original, compacted up to the base: no
 * revision is used twice, and a watch that began in the original ends with CompactedError.
 *
 * The base must be written before the first client opens the store, and must never change afterwards.
 */
export class ContinuedStore implements Store, LeaseCalls {
  readonly #store: Store & LeaseCalls;
  readonly #baseKey: string;
  #base: Revision | undefined;

  constructor({ store, baseKey }: ContinuedStoreOptions) {
    this.#store = store;
    this.#baseKey = baseKey;
  }

  async revision(signal?: AbortSignal): Promise<Revision> {
    return (await this.#baseOf(signal)) + (await this.#store.revision(signal));
  }

  async range(request: RangeRequest, signal?: AbortSignal): Promise<RangePage> {
    const base = await this.#baseOf(signal);
    if (base === 0) return this.#store.range(request, signal);
    const { revision, changedSince, ...keys } = request;
    const page = await this.#store.range(
      {
        ...keys,
        ...(revision !== undefined && { revision: within(revision, base) }),
        ...(changedSince !== undefined && { changedSince: Math.max(0, changedSince - base) }),
      },
      signal,
    );
    return { ...page, entries: page.entries.map((entry) => moved(entry, base)), revision: page.revision + base };
  }

  async txn(txn: Txn, signal?: AbortSignal): Promise<TxnResult> {
    const base = await this.#baseOf(signal);
    if (base === 0) return this.#store.txn(txn, signal);
    const { compare = [], onSuccess } = txn;
    const result = await this.#store.txn({ compare: compare.map((each) => movedBack(each, base)), onSuccess }, signal);
    return { ...result, revision: result.revision + base };
  }

  async *watch(request: WatchRequest, signal: AbortSignal): AsyncGenerator<WatchBatch, never> {
    const base = await this.#baseOf(signal);
    signal.throwIfAborted();
    const watch = this.#store.watch(base === 0 ? request : movedWatch(request, base), signal);
    for await (const { events, revision } of watch)
      yield { events: base === 0 ? events : events.map((event) => movedEvent(event, base)), revision: revision + base };
    throw new TypeError("a watch ended without an error");
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

  grantLease(id: LeaseId | undefined, ttlMs: number, signal?: AbortSignal): Promise<GrantedLease> {
    return this.#store.grantLease(id, ttlMs, signal);
  }

  renewLease(id: LeaseId, signal?: AbortSignal): Promise<number | undefined> {
    return this.#store.renewLease(id, signal);
  }

  revokeLease(id: LeaseId, signal?: AbortSignal): Promise<void> {
    return this.#store.revokeLease(id, signal);
  }

  readLease(id: LeaseId, signal?: AbortSignal): Promise<LeaseReading | undefined> {
    return this.#store.readLease(id, signal);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #baseOf(signal?: AbortSignal): Promise<Revision> {
    return (this.#base ??= await readBase(this.#store, this.#baseKey, signal));
  }
}

/** @throws CompactedError for a watch that began in the original. */
function movedWatch({ from, reached, ...request }: WatchRequest, base: Revision): WatchRequest {
  return {
    ...request,
    from: within(from, base),
    ...(reached && { reached: () => reached() - base }),
  };
}

/** @throws CompactedError for a revision of the original. */
function within(revision: Revision, base: Revision): Revision {
  // A watch from revision 0 on an original store begins with the first change.
  if (base === 0 || revision > base) return revision - base;
  throw new CompactedError(
    `the store no longer holds revision ${revision}: it was copied to another store at revision ${base}; ` +
      "list the store again",
  );
}

function movedBack(compare: Compare, base: Revision): Compare {
  const back = (revision: Revision): Revision => (revision === 0 ? 0 : revision > base ? revision - base : NEVER);
  return "createRevision" in compare
    ? { key: compare.key, createRevision: back(compare.createRevision) }
    : { key: compare.key, modRevision: back(compare.modRevision) };
}

function moved(entry: KeyValue, base: Revision): KeyValue {
  return { ...entry, createRevision: entry.createRevision + base, modRevision: entry.modRevision + base };
}

function movedEvent(event: WatchEvent, base: Revision): WatchEvent {
  return event.type === "put"
    ? { type: "put", entry: moved(event.entry, base) }
    : { ...event, modRevision: event.modRevision + base };
}
