import { ClusterFeed, type ClusterFeedOptions } from "@flotilla/registry";

/** How long an unused feed stays, in milliseconds. Shorter than in fleetd, so that a history has many new feeds. */
const LINGER_MS = 5_000;

interface Running {
  readonly feed: ClusterFeed;
  readonly stop: AbortController;
  /** The number of present users. */
  users: number;
  /** The number of uses so far. */
  uses: number;
}

/** Lends a feed, which exists while it is used and a little longer, like that of fleetd's API. */
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
    // Close it only if nobody has used it since; a later user closes it otherwise.
    if (this.#running === running && running.users === 0 && running.uses === uses) this.close();
  }
}
