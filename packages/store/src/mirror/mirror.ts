import { setImmediate } from "node:timers/promises";
import { Backoff, type Clock, isProgrammingError, type Logger, RecoveryLimit, Turns } from "@flotilla/runtime";
import type { KeyValue, Revision, Store, WatchBatch, WatchEvent, Witness } from "../port/index.ts";
import { revisionOf } from "../port/index.ts";
import { revisionBeyondStore } from "../port/replaced.ts";
import { StoreReplacedError } from "../port/store-error.ts";
import { MirrorAudience } from "./audience.ts";
import { CatchUp } from "./catch-up.ts";
import type { MirrorChange } from "./change.ts";
import { MirrorCopy } from "./copy.ts";
import { differences, everything } from "./differences.ts";
import { FailureLog } from "./failure-log.ts";
import { listAll } from "./listing.ts";
import { inOnePart, type Parts, partsOfBatch, partsOfListing } from "./parts.ts";

export interface MirrorOptions {
  readonly store: Store;
  readonly prefix: string;
  /** The key of a `Witness`. Without one, the mirror notices another store only by its lower revision. */
  readonly witness?: string;
  readonly clock: Clock;
  /** In [0, 1); for the jitter of retries. */
  readonly random: () => number;
  readonly log: Logger;
  /**
   * Applies long changes in parts, in turns with other work. The listeners must act only while the mirror is `synced`.
   */
  readonly inParts?: boolean;
}

/**
 * A live copy in memory of every key under a prefix, kept current by a watch. It shows the state of the store at
 * `revision`. During an outage of the store it shows the last known state.
 */
export class Mirror {
  readonly #options: MirrorOptions;
  readonly #audience = new MirrorAudience();
  readonly #copy: MirrorCopy;
  readonly #catchUp: CatchUp;
  readonly #failures: FailureLog;
  readonly #turns: Turns;
  #hasListed = false;
  /** True from when the mirror detects another store until every listener has received that store's listing. */
  #isReplaced = false;
  #witness: Witness | undefined;
  /** Aborts the current watch. */
  #following = new AbortController();

  constructor(options: MirrorOptions) {
    const { store, prefix, clock, log } = options;
    this.#options = options;
    this.#copy = new MirrorCopy(clock);
    this.#catchUp = new CatchUp({
      store,
      prefix,
      copy: this.#copy,
      onStoreBehind: (revision) => this.#abandon(revision),
    });
    this.#failures = new FailureLog(log, prefix);
    this.#turns = new Turns(clock);
  }

  /**
   * False before the first listing, while a listing is applied in parts, and while a listener may have missed a change.
   */
  get synced(): boolean {
    return this.#copy.isReadable;
  }

  get revision(): Revision {
    return this.#copy.revision;
  }

  get entries(): ReadonlyMap<string, KeyValue> {
    return this.#copy.entries;
  }

  /** The value of the witness at the last listing; undefined if the key did not exist. */
  get witness(): string | undefined {
    return this.#witness?.value;
  }

  /**
   * Calls `listener` after each change, in order. If it throws, the mirror lists the store again and tells all
   * listeners everything. Returns a function that removes the listener.
   */
  onChange(listener: (change: MirrorChange) => void): () => void {
    return this.#audience.add(listener);
  }

  /**
   * Keeps the copy current and resolves when `signal` aborts. Logs an outage of the store once and retries.
   * @throws a programming error that keeps recurring (see RecoveryLimit).
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, log, prefix } = this.#options;
    const backoff = new Backoff({ first: 100, most: 5_000, random });
    const recoveries = new RecoveryLimit({ clock, log });
    while (!signal.aborted) {
      try {
        await this.#list(signal);
        backoff.reset();
        await this.#follow(signal);
      } catch (error) {
        if (signal.aborted) return;
        if (isProgrammingError(error)) {
          this.#copy.refuseReaders();
          recoveries.note("cannot apply a change of the store; listing the store again", error, { prefix });
        } else {
          if (error instanceof StoreReplacedError) this.#isReplaced = true;
          this.#failures.note(error, this.#audience.isInDoubt);
        }
        await clock.sleep(backoff.next(), signal).catch(() => {});
      }
    }
  }

  /**
   * Resolves once the copy shows every write that any client had made before this call.
   * @throws StoreUnavailableError or StoreTimeoutError during an outage of the store; the signal's reason.
   */
  fresh(signal: AbortSignal): Promise<void> {
    return this.#catchUp.fresh(signal);
  }

  /**
   * Resolves once the copy shows the write with the revision `target`.
   * @throws StoreUnavailableError when the store that has the write is replaced meanwhile; the signal's reason.
   */
  reach(target: Revision, signal: AbortSignal): Promise<void> {
    return this.#catchUp.reach(target, signal);
  }

  /**
   * Ends the watch, because the store is at a lower revision than the copy, so the copy shows a store that no longer
   * exists.
   */
  #abandon(revision: Revision): void {
    this.#following.abort(revisionBeyondStore(this.revision, revision));
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { store, prefix, witness: witnessKey, inParts = false } = this.#options;
    const { entries: fresh, revision, witness } = await listAll(store, prefix, witnessKey, signal);
    this.#failures.clear();
    const isOther = this.#hasListed && (revision < this.revision || !this.#matchesWitness(witness));
    // Stays true until every listener has received the listing.
    this.#isReplaced ||= isOther;
    if (this.#isReplaced) this.#copy.countReplacement();
    this.#witness = witness;
    const events = this.#eventsOf(fresh, revision);
    const change = { events, revision, relisted: true, replaced: this.#isReplaced };
    const { early, last } = inParts ? partsOfListing(change) : inOnePart(change);
    if (early.length > 0) await this.#refuseReaders();
    await this.#takeEarly(early, signal);
    this.#hasListed = true;
    this.#copy.admitReaders();
    this.#take(last);
    this.#audience.confirm();
    this.#isReplaced = false;
  }

  /** Lets readers that were admitted in this turn of the event loop still see a whole state. */
  async #refuseReaders(): Promise<void> {
    this.#copy.refuseReaders();
    await setImmediate();
  }

  #eventsOf(fresh: ReadonlyMap<string, KeyValue>, revision: Revision): WatchEvent[] {
    const { isInDoubt, doubtful } = this.#audience;
    if (!isInDoubt) return differences(this.entries, fresh, revision);
    return everything([...this.entries.keys(), ...doubtful], fresh, revision);
  }

  /** The witness may have been written since the last listing, but nothing ever deletes it. */
  #matchesWitness(witness: Witness | undefined): boolean {
    return this.#witness === undefined || this.#witness.value === witness?.value;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { store, prefix, inParts = false } = this.#options;
    this.#following = new AbortController();
    const either = AbortSignal.any([signal, this.#following.signal]);
    const witness = this.#witness && { witness: this.#witness };
    for await (const batch of store.watch({ prefix, from: this.revision + 1, ...witness }, either)) {
      const news = this.#unseen(batch);
      const { early, last }: Parts = inParts ? partsOfBatch(news) : inOnePart(news);
      await this.#takeEarly(early, signal);
      this.#take(last);
    }
  }

  /** Leaves out revisions that a probe has skipped: the probe found that they changed no key under the prefix. */
  #unseen({ events, revision }: WatchBatch): MirrorChange {
    const unseen = events.filter((event) => revisionOf(event) > this.revision);
    return { events: unseen, revision, relisted: false, replaced: false };
  }

  async #takeEarly(parts: readonly MirrorChange[], signal: AbortSignal): Promise<void> {
    for (const part of parts) await this.#turns.run(() => this.#take(part), signal);
  }

  #take(change: MirrorChange): void {
    this.#copy.apply(change);
    if (change.events.length > 0 || change.relisted) this.#tell(change);
    this.#copy.wakeReaders();
  }

  #tell(change: MirrorChange): void {
    try {
      this.#audience.tell(change);
    } catch (error) {
      this.#copy.refuseReaders();
      throw error;
    }
  }
}
