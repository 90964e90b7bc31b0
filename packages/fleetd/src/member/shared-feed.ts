import type { ClusterSnapshot, Strategy, Unit } from "@flotilla/model";
import { ClusterFeed, type FeedClaim } from "@flotilla/registry";
import type { Clock, Logger } from "@flotilla/runtime";
import type { AheadChange, Staying, Steps, Weighing } from "@flotilla/schedule";
import type { Store } from "@flotilla/store";
import { Explainer } from "./explainer.ts";

export interface SharedFeedOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** How long the feed runs after the release of its last claim, milliseconds. */
  readonly lingerMs: number;
  /** The cluster's, for explanations. Default: spread. */
  readonly strategy?: Strategy;
}

/** An abort reason. Without a reason, the abort in every request would create a DOMException with a stack. */
const CLAIMED = "claimed";

interface Running {
  readonly feed: ClusterFeed;
  readonly stop: AbortController;
  /** Created when it is first needed. */
  explainer: Explainer | undefined;
  claims: number;
  idle: AbortController | undefined;
}

/**
 * One live copy of the cluster, shared by a daemon's engine and API. The copy exists while a claim is held and for
 * `lingerMs` after, so that a script of many short calls builds one copy.
 */
export class SharedFeed {
  readonly #options: SharedFeedOptions;
  readonly #failed = Promise.withResolvers<never>();
  #running: Running | undefined;

  constructor(options: SharedFeedOptions) {
    this.#options = options;
    // Callers learn of a failure through `failure`; this handler prevents an unhandled rejection.
    this.#failed.promise.catch(() => {});
  }

  /** Rejects with the internal error that ended a feed; the shared feed must not be used afterwards. */
  get failure(): Promise<never> {
    return this.#failed.promise;
  }

  /** The number of keys that the live copy cannot read; 0 without a copy. */
  get unreadableKeys(): number {
    return this.#running?.feed.view.unreadableKeys.size ?? 0;
  }

  /** The live copy as it is now, for one synchronous reading; undefined without a whole copy. */
  get present(): ClusterFeed["view"] | undefined {
    return this.#running?.feed.isWhole === true ? this.#running.feed.view : undefined;
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

  /** Runs `use` with the feed, and holds a claim until `use` ends. */
  async with<T>(use: (feed: ClusterFeed) => Promise<T>): Promise<T> {
    const claim = this.claim();
    try {
      return await use(claim.feed);
    } finally {
      claim.release();
    }
  }

  /** Explains why units are not placed; see Explainer.explain. */
  explain(units: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, readonly string[]>> {
    return this.#ask(signal, (explainer) => explainer.explain(units, signal));
  }

  /** See Explainer.weigh. */
  weigh(unit: string, signal: AbortSignal): Promise<Weighing | undefined> {
    return this.#ask(signal, (explainer) => explainer.weigh(unit, signal));
  }

  /** See Explainer.plan. */
  plan(units: readonly Unit[], signal: AbortSignal): Promise<readonly AheadChange[]> {
    return this.#ask(signal, (explainer) => explainer.plan(units, signal));
  }

  /** See Explainer.staying. */
  staying(units: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Staying>> {
    return this.#ask(signal, (explainer) => explainer.staying(units, signal));
  }

  /** See Explainer.preview. */
  preview<T>(make: (snapshot: ClusterSnapshot) => Steps<T>, signal: AbortSignal): Promise<T> {
    return this.#ask(signal, (explainer) => explainer.preview(make, signal));
  }

  #ask<T>(signal: AbortSignal, ask: (explainer: Explainer) => Promise<T>): Promise<T> {
    return this.with(async (live) => {
      await live.latest(signal);
      const running = (this.#running ??= this.#start());
      const { strategy = "spread", clock, log } = this.#options;
      const { feed, stop } = running;
      running.explainer ??= new Explainer({ feed, strategy, clock, log, ended: stop.signal });
      return ask(running.explainer);
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
