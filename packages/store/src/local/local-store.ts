import { type Clock, logFailure, type Logger, messageOf, rethrowProgrammingError } from "@flotilla/runtime";
import type {
  LeaseId,
  LeaseReading,
  LeaseTime,
  RangePage,
  RangeRequest,
  Revision,
  Txn,
  TxnResult,
  WatchRequest,
} from "../port/index.ts";
import { LeaseLostError, StoreUnavailableError } from "../port/store-error.ts";
import type { Change } from "./change.ts";
import { CommitQueue } from "./commit-queue.ts";
import type { Journal, JournalRecord } from "./journal.ts";
import { leastNext, revisionBeyondStore, witnessChanged } from "../port/replaced.ts";
import { KeySpace } from "./key-space.ts";
import { LeaseTable } from "./lease-table.ts";

export interface LocalStoreOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Without a journal, the data is lost when the process ends. */
  readonly journal?: Journal;
  /** Revisions of history that the store keeps for watches; by default all until `compact`. */
  readonly historyLimit?: number;
  /** Called with each change in the same turn of the event loop, before a client can see it. Must not throw. */
  readonly onChange?: (change: Change) => void;
}

/** A store inside this process: a key space, its leases, and the watches to notify. */
export class LocalStore {
  readonly #options: LocalStoreOptions;
  readonly #queue: CommitQueue;
  readonly #subscribers = new Set<() => void>();
  readonly #closed = new AbortController();
  #keys = new KeySpace();
  #leases: LeaseTable;
  /** The last revision that `onChange` has got. */
  #announced: Revision;

  constructor(options: LocalStoreOptions) {
    this.#options = options;
    this.#leases = this.#newLeaseTable();
    this.#queue = new CommitQueue({
      journal: options.journal,
      onCommit: () => this.#announce(),
      onFailure: () => this.#reload(),
    });
    this.#load();
    this.#announced = this.#keys.revision;
  }

  /** Aborts when the store closes. Its reason is the error of every later call. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  get revision(): Revision {
    return this.#keys.revision;
  }

  range(request: RangeRequest): RangePage {
    return this.#keys.range(request);
  }

  /**
   * Returns every change since the last delivery of a watch.
   * @throws CompactedError, StoreReplacedError
   */
  changesFor(request: Pick<WatchRequest, "from" | "reached" | "witness">): readonly Change[] {
    const { from, witness } = request;
    const least = leastNext(request);
    if (least > this.#keys.revision + 1) throw revisionBeyondStore(least, this.#keys.revision);
    if (witness && this.#keys.valueOf(witness.key) !== witness.value) throw witnessChanged(witness);
    return this.#keys.changesFrom(from);
  }

  txn(txn: Txn): Promise<TxnResult> {
    return this.#queue.run((record) => {
      const change = this.#keys.txn(txn, (id) => this.#leases.has(id));
      if (change !== undefined) keep(change, record);
      return { succeeded: change !== undefined, revision: this.#keys.revision };
    });
  }

  /** Starts a lease, or renews the lease with the ID. Returns the TTL, milliseconds. */
  grant(id: LeaseId, ttlMs: number): Promise<number> {
    return this.#queue.run((record) => {
      const existing = this.#leases.renew(id);
      if (existing !== undefined) return existing;
      if (this.#leases.has(id)) throw new LeaseLostError(`lease ${id} expired while it was granted again`);
      this.#leases.start(id, ttlMs);
      record({ type: "grant", id, ttlMs });
      return ttlMs;
    });
  }

  /** Restarts the TTL and returns it, milliseconds; undefined when the lease does not exist. */
  renew(id: LeaseId): number | undefined {
    return this.#leases.renew(id);
  }

  leaseTime(id: LeaseId): LeaseTime | undefined {
    return this.#leases.time(id);
  }

  readLease(id: LeaseId): LeaseReading | undefined {
    const time = this.#leases.time(id);
    return time && { ...time, keys: this.#keys.keysUnder(id) };
  }

  /** Ends the lease and deletes its keys. Does nothing if the lease has ended already. */
  endLease(id: LeaseId): Promise<void> {
    return this.#queue.run((record) => {
      if (!this.#leases.has(id)) return;
      this.#leases.end(id);
      record({ type: "end-lease", id });
      keep(this.#keys.endLease(id), record);
    });
  }

  /** Drops the history up to and including `revision`, like a compaction of etcd. */
  compact(revision: Revision): Promise<void> {
    return this.#queue.run((record) => {
      this.#keys.compact(revision);
      record({ type: "compact", revision: this.#keys.compacted });
    });
  }

  /** Simulates that an empty store replaces this one. For a store without a journal. */
  forgetAll(): void {
    this.#load();
    this.#announced = this.#keys.revision;
    for (const tell of this.#subscribers) tell();
  }

  /** Calls `tell` after every change, until the function that it returns is called. */
  subscribe(tell: () => void): () => void {
    this.#subscribers.add(tell);
    return () => this.#subscribers.delete(tell);
  }

  close(): void {
    if (this.#closed.signal.aborted) return;
    const reason = new StoreUnavailableError("the store is closed");
    this.#closed.abort(reason);
    this.#queue.close(reason);
    this.#leases.endAll();
    this.#options.journal?.close();
  }

  #announce(): void {
    const { historyLimit, onChange, log } = this.#options;
    if (onChange !== undefined) for (const change of this.#keys.changesFrom(this.#announced + 1)) onChange(change);
    this.#announced = this.#keys.revision;
    // Compacts only when a tenth more than the limit has accumulated, to spare most writes the cost.
    if (historyLimit !== undefined && this.#keys.revision - this.#keys.compacted > historyLimit * 1.1) {
      void this.compact(this.#keys.revision - historyLimit).catch((error: unknown) => {
        if (!this.closed.aborted)
          logFailure(log, "cannot shorten the history of the store; retrying at the next change", error);
      });
    }
    for (const tell of this.#subscribers) tell();
  }

  /**
   * Loads the state from the journal. Each lease gets its whole TTL, because its holder could not renew it while the
   * store was closed.
   */
  #load(): void {
    this.#leases.endAll();
    this.#leases = this.#newLeaseTable();
    const image = this.#options.journal?.load();
    this.#keys = new KeySpace(image?.keys);
    for (const { id, ttlMs } of image?.leases ?? []) this.#leases.start(id, ttlMs);
  }

  /** Undoes changes in memory that the journal failed to store. Closes the store if the journal cannot be read. */
  #reload(): void {
    try {
      this.#load();
    } catch (error) {
      this.#options.log.error("cannot reload the store after a failed write; closing it", {
        error: messageOf(error),
      });
      this.close();
    }
  }

  #newLeaseTable(): LeaseTable {
    return new LeaseTable({ clock: this.#options.clock, onExpire: (id) => void this.#expire(id) });
  }

  async #expire(id: LeaseId): Promise<void> {
    try {
      await this.endLease(id);
    } catch (error) {
      if (this.#closed.signal.aborted) return;
      // Ignoring it would leave the keys of the lease forever.
      rethrowProgrammingError(error);
      // The failed commit has reloaded the journal and so restarted the lease, which will expire again.
      this.#options.log.warn("cannot end an expired lease; retrying after its TTL", {
        lease: id,
        error: messageOf(error),
      });
    }
  }
}

function keep(change: Change, record: (record: JournalRecord) => void): void {
  if (change.steps.length > 0) record({ type: "change", change });
}
