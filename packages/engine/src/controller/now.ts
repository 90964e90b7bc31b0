/** One moment, milliseconds. */
export interface Now {
  readonly monotonic: number;
  /** Since the epoch. */
  readonly wall: number;
}
