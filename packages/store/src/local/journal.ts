import type { LeaseId, Revision } from "../port/index.ts";
import type { Change } from "./change.ts";
import type { KeySpaceImage } from "./key-space.ts";

/** Something that must outlive the process. */
export type JournalRecord =
  | { readonly type: "change"; readonly change: Change }
  | { readonly type: "grant"; readonly id: LeaseId; readonly ttlMs: number }
  | { readonly type: "end-lease"; readonly id: LeaseId }
  | { readonly type: "compact"; readonly revision: Revision };

export interface JournalImage {
  /** Left out when nothing was ever written. */
  readonly keys?: KeySpaceImage;
  readonly leases: readonly { readonly id: LeaseId; readonly ttlMs: number }[];
}

/** Where a local store keeps what must outlive the process. */
export interface Journal {
  /** What was appended before. */
  load(): JournalImage;
  /**
   * All of the records or none, on the disk when it returns.
   * @throws StoreUnavailableError
   */
  append(records: readonly JournalRecord[]): void;
  close(): void;
}
