import { ClusterFeed, type ClusterFeedOptions } from "@flotilla/registry";

/** Shorter than fleetd's, so that a history has many beginnings. */
const LINGER_MS = 5_000;

/** A live copy of the cluster that is there while somebody asks and a little longer, as an API's is in fleetd. */
export class LentFeed {
  readonly #options: ClusterFeedOptions;
  #running: { readonly feed: ClusterFeed; readonly stop: AbortController; uses: number } | undefined;

  constructor(options: ClusterFeedOptions) {
    this.#options = options;
  }

  async with<T>(use: (feed: ClusterFeed) => Promise<T>): Promise<T> {
    const running = (this.#running ??= this.#start());
    running.uses += 1;
    try {
      return await use(running.feed);
    } finally {
      void this.#stopIfUnused(running.uses);
    }
  }

  close(): void {
    this.#running?.stop.abort();
    this.#running = undefined;
  }

  #start() {
    const feed = new ClusterFeed(this.#options);
    const stop = new AbortController();
    void feed.run(stop.signal);
    return { feed, stop, uses: 0 };
  }

  /** @param uses how often it had been used then: if somebody else has asked since, it is theirs to stop. */
  async #stopIfUnused(uses: number): Promise<void> {
    await this.#options.clock.sleep(LINGER_MS);
    if (this.#running?.uses === uses) this.close();
  }
}
