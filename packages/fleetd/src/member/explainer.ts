import type { ClusterFeed } from "@flotilla/registry";
import { Scheduler } from "@flotilla/schedule";

/**
 * Says why units have no place, by the rules that decide it. Who asks first pays for a look at all; after that an
 * answer costs what has changed since the last one, however many units there are.
 */
export class Explainer {
  readonly #feed: ClusterFeed;
  readonly #scheduler = new Scheduler();
  #behind = true;

  constructor(feed: ClusterFeed) {
    this.#feed = feed;
    feed.onChange((changes) => {
      this.#behind = true;
      for (const change of changes) this.#scheduler.note(change);
    });
  }

  /** Lines for people; none when the unit has a place, or the engine is about to give it one. */
  explain(unit: string): readonly string[] {
    if (this.#behind) this.#scheduler.decide(this.#feed.view);
    this.#behind = false;
    return this.#scheduler.explain(unit);
  }
}
