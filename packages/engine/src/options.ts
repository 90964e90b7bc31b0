import type { EventRecorder, Hold, Strategy } from "@flotilla/model";
import type {
  AssignmentRegistry,
  AttendanceRegistry,
  EventRegistry,
  FeedClaim,
  LeaderSeat,
  Lease,
  MachineSettingsRegistry,
  RunRegistry,
} from "@flotilla/registry";
import type { Clock, Logger } from "@flotilla/runtime";
import type { MassLossRules } from "@flotilla/schedule";
import type { EventLimits } from "./events/decide-old-events.ts";
import type { LeaderDecision } from "./controller/controller.ts";

export interface EngineOptions {
  readonly seat: LeaderSeat;
  readonly assignments: AssignmentRegistry;
  /** Without it, drains last until an operator ends them. */
  readonly settings?: Pick<MachineSettingsRegistry, "endDrain">;
  /** Where units' runs are kept. Without it, none are. */
  readonly runs?: RunRegistry;
  /** How long a machine must be silent until its guard has stopped its exclusive units, milliseconds. Default 60,000. */
  readonly exclusiveMs?: number;
  /** How long a machine's lease outlives its last heartbeat, milliseconds. Default 30,000. */
  readonly machineTtlMs?: number;
  /** Where units go that do not say so themselves. Default: spread. */
  readonly strategy?: Strategy;
  /** What to do when many machines vanish together. Without it, each of them counts as a single loss. */
  readonly massLoss?: { readonly registry: AttendanceRegistry; readonly rules: MassLossRules };
  /**
   * Since when this machine's own heartbeats have reached the store without a break, monotonic milliseconds; undefined
   * when none has failed. This engine can tell which machines are absent only some time after that.
   */
  readonly heardSince?: () => number | undefined;
  /** Claimed only while this engine leads: other engines need no copy of the whole cluster. */
  readonly feeds: FeedSource;
  readonly machineID: string;
  /** Grants a lease for the leader's seat, renewed until it is revoked or lost. */
  readonly grantLease: (ttlMs: number, signal: AbortSignal) => Promise<Lease>;
  /** How long the seat stays taken after its holder is gone, milliseconds. */
  readonly ttlMs: number;
  /** The longest time between two passes, milliseconds. */
  readonly interval: number;
  readonly clock: Clock;
  /** In [0, 1); for the jitter of pauses. */
  readonly random: () => number;
  readonly log: Logger;
  /** Where the leader's decisions, and what it sees happen, are kept. Without it, no events are kept. */
  readonly events?: EngineEvents;
  readonly observer?: EngineObserver;
}

export interface EngineEvents {
  readonly recorder: EventRecorder;
  readonly registry: Pick<EventRegistry, "delete">;
  readonly limits: EventLimits;
}

/** Callbacks for metrics. The engine does not depend on them. */
export interface EngineObserver {
  /** Called when this engine begins or ceases to lead. */
  readonly onLead?: (leads: boolean) => void;
  /** Called in each pass with the present hold. */
  readonly onHold?: (hold: Hold | undefined) => void;
  readonly onPass?: (pass: PassReport) => void;
  /** Called when a full check and the kept plan differ, which is a bug. */
  readonly onDisagreement?: (difference: string) => void;
  readonly onDecisions?: (outcome: DecisionOutcome, decisions: readonly LeaderDecision[]) => void;
}

/** A pass over the cluster that has ended. */
export interface PassReport {
  readonly durationMs: number;
  /** The pass was aborted by an error, such as an outage of the store. */
  readonly failed: boolean;
}

/**
 * - `written`: the decisions are in the store.
 * - `not-written`: the cluster had changed, or the store did not confirm the write.
 * - `refused`: there is nothing to write, because no machine can take the unit.
 */
export type DecisionOutcome = "written" | "not-written" | "refused";

/** Shares one feed among all who need it, and runs the feed while there are any. */
export interface FeedSource {
  claim(): FeedClaim;
}
