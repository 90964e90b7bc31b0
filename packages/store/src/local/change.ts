import type { KeyValue, Revision, WatchEvent } from "../port/index.ts";

/** All events of one revision. Every revision of a store has exactly one change. */
export interface Change {
  readonly revision: Revision;
  readonly steps: readonly Step[];
}

/** The event of one key, with its entry before the event, from which older revisions are reconstructed. */
export interface Step {
  readonly event: WatchEvent;
  readonly previous?: KeyValue;
}
