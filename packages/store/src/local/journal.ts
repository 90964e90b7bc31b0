import type { LeaseId, Revision } from "../port/index.ts";
import type { Change } from "./change.ts";
import type { KeySpaceImage } from "./key-space.ts";

/** A change that must outlive the process. */
export type JournalRecord =
  | { readonly type: "change"; readonly change: Change }
  | { readonly type: "grant"; readonly id: LeaseId; readonly ttlMs: number }
  | { readonly type: "end-lease"; readonly id: LeaseId }
  | { readonly type: "compact"; readonly revision: Revision };

export interface JournalImage {
  /** Missing if the journal is empty. */
  readonly keys?: KeySpaceImage;
  readonly leases: readonly { readonly id: LeaseId; readonly ttlMs: number }[];
}

/** The durable storage of a local store. */
export interface Journal {
  /** Returns the state after all appended records. */
  load(): JournalImage;
  /**
   * Appends all of the records or none. They are on the disk when it returns.
   * @throws StoreUnavailableError
   */
  append(records: readonly JournalRecord[]): void;
  close(): void;
}
