import type { MachineID } from "@flotilla/model";

/** What a decision needs to know of time: the scheduler has no clock. */
export interface Moment {
  /** Milliseconds since the epoch, recorded with what happened. */
  readonly now: number;
  /** Units that have stayed where they last failed for as long as `pauseAfter` says. */
  readonly rested: ReadonlySet<string>;
  /** Units that have run well for so long that their failed attempts no longer count. */
  readonly recovered: ReadonlySet<string>;
  /** Units with a copy elsewhere that have run in their place without a break for `STEADY_MS`. */
  readonly steady: ReadonlySet<string>;
  /** Machines that have been away for so long that no exclusive unit is active there. */
  readonly gone: ReadonlySet<MachineID>;
  /** Global units whose present version no machine has survived the start of yet: one machine is spared such a unit. */
  readonly onTrial: ReadonlySet<string>;
  /** For machines that are away: an order of this span reached the machine right before the end. */
  readonly lastStarts: ReadonlyMap<MachineID, Span>;
}

/** From one moment to another, milliseconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** For a caller that asks what would be decided just now. */
export const NO_TIME: Moment = {
  now: 0,
  rested: new Set(),
  recovered: new Set(),
  steady: new Set(),
  gone: new Set(),
  onTrial: new Set(),
  lastStarts: new Map(),
};

/**
 * A unit that keeps failing is active for a moment each time: systemd counts a service as started once it is forked.
 * systemd counts failures over this time by default, milliseconds (DefaultStartLimitIntervalSec=,
 * systemd-system.conf(5)).
 */
export const STEADY_MS = 10_000;
