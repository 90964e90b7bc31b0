import { ClusterFeed, type FeedClaim } from "@flotilla/registry";
import type { Clock, Logger } from "@flotilla/runtime";
import type { Store } from "@flotilla/store";
import { Explainer } from "./explainer.ts";

export interface SharedFeedOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** How long the feed goes on after the last claim has gone, milliseconds. */
  readonly lingerMs: number;
}

/** A reason of ours, since without one each abort makes a DOMException with a stack; there is one with every request. */
const CLAIMED = "claimed";

interface Running {
  readonly feed: ClusterFeed;
  readonly stop: AbortController;
  /** There as soon as somebody has asked. */
  explainer: Explainer | undefined;
  claims: number;
  idle: AbortController | undefined;
}

/**
 * One live copy of the cluster for the engine and the API of a daemon: there while someone wants it,
 * and a while longer, so that a script of many short calls pays for it once.
 */
export class SharedFeed {
  readonly #options: SharedFeedOptions;
  readonly #failed = Promise.withResolvers<never>();
  #running: Running | undefined;

  constructor(options: SharedFeedOptions) {
    this.#options = options;
    // Whoever wants to know asks for `failure`.
    this.#failed.promise.catch(() => {});
  }

  /** Rejects with the error in the program that has ended a feed: nothing here can be relied on any more. */
  get failure(): Promise<never> {
    return this.#failed.promise;
  }

  /** How many keys of the store the live copy cannot read; 0 while there is no copy. */
  get unreadableKeys(): number {
    return this.#running?.feed.view.unreadableKeys.size ?? 0;
  }

  claim(): FeedClaim {
    const running = (this.#running ??= this.#start());
    running.claims++;
    running.idle?.abort(CLAIMED);
    let released = false;
    return {
      feed: running.feed,
      release: () => {
        if (released) return;
        released = true;
        running.claims--;
        if (running.claims === 0) void this.#stopAfterLinger(running);
      },
    };
  }

  /** Runs `use` with the feed, holding a claim for as long as it takes. */
  async with<T>(use: (feed: ClusterFeed) => Promise<T>): Promise<T> {
    const claim = this.claim();
    try {
      return await use(claim.feed);
    } finally {
      claim.release();
    }
  }

  /** Why units have no place: see Explainer.explain. */
  explain(units: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, readonly string[]>> {
    return this.with(async (feed) => {
      await feed.latest(signal);
      const running = (this.#running ??= this.#start());
      const { clock, log } = this.#options;
      running.explainer ??= new Explainer({ feed: running.feed, clock, log, ended: running.stop.signal });
      return running.explainer.explain(units, signal);
    });
  }

  close(): void {
    this.#running?.idle?.abort();
    this.#running?.stop.abort();
    this.#running = undefined;
  }

  #start(): Running {
    const { store, clock, random, log } = this.#options;
    const feed = new ClusterFeed({ store, clock, random, log });
    const stop = new AbortController();
    feed.run(stop.signal).catch(this.#failed.reject);
    return { feed, stop, explainer: undefined, claims: 0, idle: undefined };
  }

  async #stopAfterLinger(running: Running): Promise<void> {
    const idle = new AbortController();
    running.idle = idle;
    await this.#options.clock.sleep(this.#options.lingerMs, idle.signal).catch(() => {});
    if (idle.signal.aborted || this.#running !== running) return;
    running.stop.abort();
    this.#running = undefined;
  }
}
