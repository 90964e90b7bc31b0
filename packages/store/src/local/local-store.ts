import { type Clock, logFailure, type Logger, messageOf, type Nudge, rethrowProgrammingError } from "@flotilla/runtime";
import type {
  LeaseId,
  LeaseTime,
  RangePage,
  RangeRequest,
  Revision,
  Txn,
  TxnResult,
  WatchRequest,
} from "../port/index.ts";
import { StoreUnavailableError } from "../port/store-error.ts";
import type { Change } from "./change.ts";
import { CommitQueue } from "./commit-queue.ts";
import type { Journal, JournalRecord } from "./journal.ts";
import { revisionBeyondStore, witnessChanged } from "../port/replaced.ts";
import { KeySpace } from "./key-space.ts";
import { LeaseTable } from "./lease-table.ts";

export interface LocalStoreOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Without one, everything is gone with the process. */
  readonly journal?: Journal;
  /** How many revisions of history are kept for watches; without it, all until `compact`. */
  readonly historyLimit?: number;
  /** Told of each change in the same turn, before any client can see it. Must not throw. */
  readonly onChange?: (change: Change) => void;
}

/** A store inside this process: one key space, its leases, and those who wait for changes. */
export class LocalStore {
  readonly #options: LocalStoreOptions;
  readonly #queue: CommitQueue;
  readonly #subscribers = new Set<Nudge>();
  readonly #closed = new AbortController();
  #keys = new KeySpace();
  #leases: LeaseTable;
  /** The last revision that `onChange` was told of. */
  #told: Revision;

  constructor(options: LocalStoreOptions) {
    this.#options = options;
    this.#leases = this.#newLeaseTable();
    this.#queue = new CommitQueue({
      ...(options.journal === undefined ? {} : { journal: options.journal }),
      onCommit: () => this.#announce(),
      onFailure: () => this.#reload(),
    });
    this.#load();
    this.#told = this.#keys.revision;
  }

  /** Aborts when the store closes, with the error that every call ends with from then on. */
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
   * Every change under a watch's prefix since it left off.
   * @throws CompactedError, StoreReplacedError
   */
  changesFor({ from, witness }: Omit<WatchRequest, "prefix">): readonly Change[] {
    if (from > this.#keys.revision + 1) throw revisionBeyondStore(from, this.#keys.revision);
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

  grant(id: LeaseId, ttlMs: number): Promise<void> {
    return this.#queue.run((record) => {
      this.#leases.start(id, ttlMs);
      record({ type: "grant", id, ttlMs });
    });
  }

  /** The TTL in milliseconds, started anew; undefined when the lease is not there. */
  renew(id: LeaseId): number | undefined {
    return this.#leases.renew(id);
  }

  leaseTime(id: LeaseId): LeaseTime | undefined {
    return this.#leases.time(id);
  }

  /** Ends the lease and deletes its keys. Does nothing when it has ended already. */
  endLease(id: LeaseId): Promise<void> {
    return this.#queue.run((record) => {
      if (!this.#leases.has(id)) return;
      this.#leases.end(id);
      record({ type: "end-lease", id });
      keep(this.#keys.endLease(id), record);
    });
  }

  /** Forgets the history up to and including `revision`, as etcd's compaction does. */
  compact(revision: Revision): Promise<void> {
    return this.#queue.run((record) => {
      this.#keys.compact(revision);
      record({ type: "compact", revision: this.#keys.compacted });
    });
  }

  /** As if its data had been deleted and an empty store started in its place. For a store without a journal. */
  forgetAll(): void {
    this.#load();
    this.#told = this.#keys.revision;
    for (const nudge of this.#subscribers) nudge.poke();
  }

  /** Pokes `nudge` after every change, until the function that it returns is called. */
  subscribe(nudge: Nudge): () => void {
    this.#subscribers.add(nudge);
    return () => this.#subscribers.delete(nudge);
  }

  close(): void {
    if (this.#closed.signal.aborted) return;
    const reason = new StoreUnavailableError("The store was closed, so it answers no more.");
    this.#closed.abort(reason);
    this.#queue.close(reason);
    this.#leases.endAll();
    this.#options.journal?.close();
  }

  #announce(): void {
    const { historyLimit, onChange, log } = this.#options;
    if (onChange !== undefined) for (const change of this.#keys.changesFrom(this.#told + 1)) onChange(change);
    this.#told = this.#keys.revision;
    // A tenth more than the limit may gather, so that forgetting does not cost every write.
    if (historyLimit !== undefined && this.#keys.revision - this.#keys.compacted > historyLimit * 1.1) {
      void this.compact(this.#keys.revision - historyLimit).catch((error: unknown) => {
        if (!this.closed.aborted) logFailure(log, "the store's history could not be shortened yet", error);
      });
    }
    for (const nudge of this.#subscribers) nudge.poke();
  }

  /**
   * Takes what the journal holds for the truth. A lease has its whole TTL anew: while nobody served,
   * nobody could renew.
   */
  #load(): void {
    this.#leases.endAll();
    this.#leases = this.#newLeaseTable();
    const image = this.#options.journal?.load();
    this.#keys = new KeySpace(image?.keys);
    for (const { id, ttlMs } of image?.leases ?? []) this.#leases.start(id, ttlMs);
  }

  /** What could not be written was done in memory already. Without the truth to go back to, there is no going on. */
  #reload(): void {
    try {
      this.#load();
    } catch (error) {
      this.#options.log.error("the store cannot be read back after a failed write; it is closed", {
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
      // Its keys would stay for good.
      rethrowProgrammingError(error);
      // The failed commit has loaded the journal again, and with it the lease: it will run out once more.
      this.#options.log.warn("a lease that ran out could not be ended yet", { lease: id, error: messageOf(error) });
    }
  }
}

function keep(change: Change, record: (record: JournalRecord) => void): void {
  if (change.steps.length > 0) record({ type: "change", change });
}
