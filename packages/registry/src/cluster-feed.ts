import { type Clock, limitedLogger, type Logger } from "@flotilla/runtime";
import { CompactedError, Mirror, type Store } from "@flotilla/store";
import { ChangeHistory } from "./change-history.ts";
import type { ClusterChange } from "./cluster-change.ts";
import { ClusterReplica } from "./cluster-replica.ts";
import type { ClusterView } from "./cluster-view.ts";
import type { KeptEvents } from "./events/event-table.ts";
import { keys } from "./keys.ts";

/** Long enough for a watcher to list a large cluster at 1,000 starts a second. A later watcher lists again. */
const HISTORY_LIMIT = 5_000;

export interface ClusterFeedOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** The number of changes kept for watchers that begin at an earlier revision. Default 5,000. */
  readonly historyLimit?: number;
}

/** A right to a shared feed. The feed runs until its holder calls `release`. */
export interface FeedClaim {
  readonly feed: ClusterFeed;
  release(): void;
}

export type ClusterListener = (changes: readonly ClusterChange[]) => void;

/** Unreadable keys that are logged in a minute. A machine that was taken over can write any number of them. */
const MOST_UNREADABLE = 100;

/** A live copy of the whole cluster, for the leader and for an API server that has requests. */
export class ClusterFeed {
  readonly view: ClusterView;
  readonly #mirror: Mirror;
  readonly #history: ChangeHistory;
  readonly #listeners = new Set<ClusterListener>();

  constructor(options: ClusterFeedOptions) {
    const { store, clock, random, log } = options;
    const replica = new ClusterReplica(limitedLogger(log, clock, MOST_UNREADABLE));
    this.view = replica.view;
    this.#history = new ChangeHistory(options.historyLimit ?? HISTORY_LIMIT);
    this.#mirror = new Mirror({ store, prefix: "", witness: keys.identity, clock, random, log, inParts: true });
    this.#mirror.onChange(({ events, revision, relisted }) => {
      const changes = replica.apply(events, revision);
      if (relisted) this.#history.restart(revision);
      else this.#history.add(changes);
      for (const listener of this.#listeners) listener(changes);
    });
  }

  /** False while a listing is applied: the view then mixes two states, and must not be used. */
  get isWhole(): boolean {
    return this.#mirror.synced;
  }

  /** The events in the store. */
  get events(): KeptEvents {
    return this.view.events;
  }

  /** Keeps the copy current until `signal` aborts, then resolves. */
  run(signal: AbortSignal): Promise<void> {
    return this.#mirror.run(signal);
  }

  /**
   * Returns the cluster with every write that was made before this call.
   * @throws StoreUnavailableError or StoreTimeoutError while the store is unavailable; the signal's reason.
   */
  async fresh(signal: AbortSignal): Promise<ClusterView> {
    await this.#mirror.fresh(signal);
    return this.view;
  }

  /** Returns the cluster as it is known here, which may be slightly stale. Waits only for the first listing. */
  async latest(signal: AbortSignal): Promise<ClusterView> {
    await this.#mirror.reach(0, signal);
    return this.view;
  }

  /** Resolves once the view shows `revision`, such as the revision of the caller's own write. */
  reach(revision: number, signal: AbortSignal): Promise<void> {
    return this.#mirror.reach(revision, signal);
  }

  /** Calls `listener` after each batch of changes is applied. Returns a function that stops this. */
  onChange(listener: ClusterListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Yields every change from revision `from` on, for a reader that has read this view after `fresh`; see
   * ChangeHistory.follow.
   * @throws CompactedError, also if the store has not reached `from`, because that revision then belongs to a store
   * that was replaced.
   */
  follow(from: number, signal: AbortSignal): AsyncGenerator<readonly ClusterChange[]> {
    const { revision } = this.#mirror;
    if (from > revision + 1)
      throw new CompactedError(
        `the store is at revision ${revision} and has not reached ${from}: the store has lost its data or was replaced; ` +
          "list again and watch from there",
      );
    return this.#history.follow(from, signal);
  }
}
