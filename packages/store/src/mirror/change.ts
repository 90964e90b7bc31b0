import type { Revision, WatchEvent } from "../port/index.ts";

/** A change that a mirror has just applied to its copy. */
export interface MirrorChange {
  readonly events: readonly WatchEvent[];
  readonly revision: Revision;
  /** True if the events are the differences between the copy and a new listing. The events in between are unknown. */
  readonly relisted: boolean;
  /**
   * True if the listing comes from another store, or from an older state of this one. A delete
   * event then only means that the key is not in the listing: nobody deleted it.
   */
  readonly replaced: boolean;
}
