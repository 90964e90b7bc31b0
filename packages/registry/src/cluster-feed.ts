import type { Clock, Logger } from "@flotilla/runtime";
import { CompactedError, Mirror, type Store } from "@flotilla/store";
import { ChangeHistory } from "./change-history.ts";
import type { ClusterChange } from "./cluster-change.ts";
import { ClusterReplica } from "./cluster-replica.ts";
import type { ClusterView } from "./cluster-view.ts";
import { keys } from "./keys.ts";

/** As long as it may take to list a large cluster, at a thousand starts a second: who comes later lists again. */
const HISTORY_LIMIT = 5_000;

export interface ClusterFeedOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Changes held for watchers that begin in the past. Default 5,000. */
  readonly historyLimit?: number;
}

/** A right to a shared feed. The feed runs until its holder calls `release`. */
export interface FeedClaim {
  readonly feed: ClusterFeed;
  release(): void;
}

export type ClusterListener = (changes: readonly ClusterChange[]) => void;

/** A live copy of the whole cluster, for the leader and for an API server that somebody is asking. */
export class ClusterFeed {
  readonly view: ClusterView;
  readonly #mirror: Mirror;
  readonly #history: ChangeHistory;
  readonly #listeners = new Set<ClusterListener>();

  constructor(options: ClusterFeedOptions) {
    const { store, clock, random, log } = options;
    const replica = new ClusterReplica(log);
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

  /** False while a listing is being taken in: then the view mixes two states, and nothing may be decided or told by it. */
  get isWhole(): boolean {
    return this.#mirror.synced;
  }

  /** Keeps the copy current until `signal` aborts; resolves then. */
  run(signal: AbortSignal): Promise<void> {
    return this.#mirror.run(signal);
  }

  /**
   * The cluster with everything in it that anyone had written before this call.
   * @throws StoreUnavailableError or StoreTimeoutError while the store is away; the signal's reason.
   */
  async fresh(signal: AbortSignal): Promise<ClusterView> {
    await this.#mirror.fresh(signal);
    return this.view;
  }

  /** The cluster as it is known here, which may be a little behind; waits only for the first listing. */
  async latest(signal: AbortSignal): Promise<ClusterView> {
    await this.#mirror.reach(0, signal);
    return this.view;
  }

  /** Resolves once the view shows `revision`: for one who has written and knows at which revision. */
  reach(revision: number, signal: AbortSignal): Promise<void> {
    return this.#mirror.reach(revision, signal);
  }

  /** Calls back after the view has taken in each batch of changes. Returns what ends it. */
  onChange(listener: ClusterListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Every change from revision `from` on, for a reader who has seen this view fresh; see ChangeHistory.follow.
   * @throws CompactedError also when the store has yet to come to `from`: it was given out by a store that is no more.
   */
  follow(from: number, signal: AbortSignal): AsyncGenerator<readonly ClusterChange[]> {
    const { revision } = this.#mirror;
    if (from > revision + 1)
      throw new CompactedError(
        `The store is at revision ${revision} and has not come to ${from}: it has lost its data, or is another one; ` +
          "list again and watch from there.",
      );
    return this.#history.follow(from, signal);
  }
}
