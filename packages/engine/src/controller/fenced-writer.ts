import type { Leadership } from "@flotilla/registry";

/** The only way for a controller to write. */
export interface FencedWriter<D> {
  /**
   * Writes decisions in one transaction, logs each one and notifies the observer.
   * @param send writes them; the transaction must compare the term of the leadership.
   * @returns false when the cluster changed since the snapshot, so that nothing was written.
   * @throws LeadershipLostError when the term is over; the store's errors; the signal's reason.
   */
  apply(decisions: readonly D[], send: (leadership: Leadership) => Promise<Written>): Promise<boolean>;
}

/** The store's answer to a transaction. */
export interface Written {
  readonly applied: boolean;
  readonly revision: number;
}
