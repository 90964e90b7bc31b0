import type { Revision, WatchEvent } from "../port/index.ts";

/** What has just been taken into a mirror's copy. */
export interface MirrorChange {
  readonly events: readonly WatchEvent[];
  readonly revision: Revision;
  /** The copy was compared with a fresh listing: these are the differences, and what lay between is unknown. */
  readonly relisted: boolean;
  /**
   * The listing is of another store, or of an older state of the same: what is missing in it was never deleted there.
   */
  readonly replaced: boolean;
}
