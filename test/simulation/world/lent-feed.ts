import { ClusterFeed, type ClusterFeedOptions } from "@flotilla/registry";

/** Shorter than fleetd's, so that a history has many beginnings. */
const LINGER_MS = 5_000;

interface Running {
  readonly feed: ClusterFeed;
  readonly stop: AbortController;
  /** Who use it now. */
  users: number;
  /** How often it has been used. */
  uses: number;
}

/** A live copy of the cluster that is there while somebody asks and a little longer, as an API's is in fleetd. */
export class LentFeed {
  readonly #options: ClusterFeedOptions;
  #running: Running | undefined;

  constructor(options: ClusterFeedOptions) {
    this.#options = options;
  }

  async with<T>(use: (feed: ClusterFeed) => Promise<T>): Promise<T> {
    const running = (this.#running ??= this.#start());
    running.users += 1;
    running.uses += 1;
    try {
      return await use(running.feed);
    } finally {
      running.users -= 1;
      void this.#stopIfUnused(running);
    }
  }

  close(): void {
    this.#running?.stop.abort();
    this.#running = undefined;
  }

  #start(): Running {
    const feed = new ClusterFeed(this.#options);
    const stop = new AbortController();
    void feed.run(stop.signal);
    return { feed, stop, users: 0, uses: 0 };
  }

  async #stopIfUnused(running: Running): Promise<void> {
    const { uses } = running;
    await this.#options.clock.sleep(LINGER_MS);
    // Whoever has come since looks after it when he leaves.
    if (this.#running === running && running.users === 0 && running.uses === uses) this.close();
  }
}
