import type { KeyValue, Revision, WatchEvent } from "../port/index.ts";

/** All that happened at one revision. Every revision of a store has exactly one. */
export interface Change {
  readonly revision: Revision;
  readonly steps: readonly Step[];
}

/** One key's part in a change, with what it was before: that is how older revisions can be read. */
export interface Step {
  readonly event: WatchEvent;
  readonly previous?: KeyValue;
}
