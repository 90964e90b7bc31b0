import type { KeyValue, Revision } from "./key-value.ts";

export interface RangeRequest {
  /** Selects every key that starts with this text. */
  readonly prefix: string;
  /** Selects only the key that equals `prefix`. */
  readonly exact?: boolean;
  /** Selects only keys after this one: the last key of the previous page. */
  readonly after?: string;
  /** The most entries in the page, 1,000 by default. A store may return fewer and set `more`. */
  readonly limit?: number;
  /** Reads as of this revision: the revision of the first page. CompactedError if the store no longer holds it. */
  readonly revision?: Revision;
  /** Selects only entries whose last write is after this revision. Does not affect `count`. */
  readonly changedSince?: Revision;
}

export interface RangePage {
  readonly entries: readonly KeyValue[];
  readonly more: boolean;
  /** Number of keys under the prefix, regardless of `after`, `limit` and `changedSince`. */
  readonly count: number;
  /** The revision that the page shows. */
  readonly revision: Revision;
}
