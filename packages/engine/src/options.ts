import type { Hold } from "@flotilla/model";
import type { AssignmentRegistry, FeedClaim, LeaderSeat, Lease, AttendanceRegistry } from "@flotilla/registry";
import type { Clock, Logger } from "@flotilla/runtime";
import type { Decision, MassLossRules } from "@flotilla/schedule";

export interface EngineOptions extends EngineObserver {
  readonly seat: LeaderSeat;
  readonly assignments: AssignmentRegistry;
  /** How long a machine has to be away for its guard to have stopped its exclusive units, milliseconds. Default 60,000. */
  readonly exclusiveMs?: number;
  /** How long a machine's lease outlives its last heartbeat, milliseconds. Default 30,000. */
  readonly machineTtlMs?: number;
  /** What to do when many machines vanish together; without it, the same as when one does. */
  readonly massLoss?: { readonly attendance: AttendanceRegistry; readonly rules: MassLossRules };
  /**
   * Since when this machine's own heartbeats have reached the store without a break, by the monotonic clock,
   * milliseconds; undefined when none has failed. Who else is away shows only some time after that.
   */
  readonly heardSince?: () => number | undefined;
  /** Asked for while this engine leads only: a mirror of everything is no business of the others. */
  readonly feeds: FeedSource;
  readonly machineID: string;
  /** A new lease for the leader's seat, renewed until it is revoked or lost. */
  readonly grantLease: (ttlMs: number, signal: AbortSignal) => Promise<Lease>;
  /** How long the seat stays taken after its holder is gone, milliseconds. */
  readonly ttlMs: number;
  /** A pass happens at least this often, milliseconds. */
  readonly interval: number;
  readonly clock: Clock;
  /** In [0, 1); for the jitter of pauses. */
  readonly random: () => number;
  readonly log: Logger;
}

/** Told of what an engine has done, as for metrics. Nothing that it does depends on who is told. */
export interface EngineObserver {
  /** This engine begins, or ceases, to lead. */
  readonly onLead?: (leads: boolean) => void;
  /** In each pass: the hold that there is. */
  readonly onHold?: (hold: Hold | undefined) => void;
  readonly onPass?: (pass: PassReport) => void;
  /** A look at all has decided otherwise than what is kept up to date: never, if there is no fault in it. */
  readonly onDisagreement?: (difference: string) => void;
  readonly onDecisions?: (outcome: DecisionOutcome, decisions: readonly Decision[]) => void;
}

/** One pass over the cluster that has ended. */
export interface PassReport {
  readonly durationMs: number;
  /** True when it broke off, as when the store went away. */
  readonly failed: boolean;
}

/**
 * What became of decisions: they stand in the store; or they were not written (the cluster had changed, or the
 * store did not say that they were); or there is nothing to write, for no machine can take the unit.
 */
export type DecisionOutcome = "written" | "not-written" | "refused";

/** Shares one feed among those that need it, and runs it while there are any. */
export interface FeedSource {
  claim(): FeedClaim;
}
