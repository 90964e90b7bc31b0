/** A position in the store's history. Exact up to 2^53: 28,000 years at 10,000 writes per second. */
export type Revision = number;

/** Decimal text, because etcd's lease IDs have 64 bits. */
export type LeaseId = string;

export interface KeyValue {
  readonly key: string;
  readonly value: string;
  /** Revision of the write that created the key. A key that is deleted and put again has a new one. */
  readonly createRevision: Revision;
  /** Revision of the last write to the key. */
  readonly modRevision: Revision;
  readonly lease?: LeaseId;
}
