import type { MachineID } from "@flotilla/model";

/** The facts about time that a decision needs: the scheduler has no clock. */
export interface Moment {
  /** Milliseconds since the epoch, recorded with attempts. */
  readonly now: number;
  /** Units that have stayed where they last failed for as long as `pauseAfter` says. */
  readonly rested: ReadonlySet<string>;
  /** Units that have run well for so long that their failed attempts no longer count. */
  readonly recovered: ReadonlySet<string>;
  /** Units with a copy elsewhere that have run in their place without a break for `STEADY_MS`. */
  readonly steady: ReadonlySet<string>;
  /** Machines that have been away for so long that no exclusive unit is active there. */
  readonly gone: ReadonlySet<MachineID>;
  /** Machines that are drained and whose deadline has passed. */
  readonly overdue: ReadonlySet<MachineID>;
  /**
   * The global units on trial: no machine has survived the start of the unit's present version yet, so the unit is not
   * started on one machine.
   */
  readonly onTrial: ReadonlySet<string>;
  /** For machines that are away: the span in which an order reached the machine right before its end. */
  readonly lastStarts: ReadonlyMap<MachineID, Span>;
}

/** From one moment to another, milliseconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** For a caller that wants a decision without facts about time. */
export const NO_TIME: Moment = {
  now: 0,
  rested: new Set(),
  recovered: new Set(),
  steady: new Set(),
  gone: new Set(),
  overdue: new Set(),
  onTrial: new Set(),
  lastStarts: new Map(),
};

/**
 * How long a unit must run before it no longer counts as failing, milliseconds. A failing service is active for a
 * moment after each start, because systemd counts a service as started once it is forked. The time equals the default
 * interval in which systemd counts starts (DefaultStartLimitIntervalSec=, systemd-system.conf(5)).
 */
export const STEADY_MS = 10_000;
