import type { AssignmentRegistry, ClusterFeed, LeaderSeat, Lease } from "@flotilla/registry";
import type { Clock, Logger } from "@flotilla/runtime";

export interface EngineOptions {
  readonly seat: LeaderSeat;
  readonly assignments: AssignmentRegistry;
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
  /** Told when this engine begins and ceases to lead. */
  readonly onLead?: (leads: boolean) => void;
}

/** Shares one feed among those that need it, and runs it while there are any. */
export interface FeedSource {
  claim(): FeedClaim;
}

/** The feed runs until `release` is called. */
export interface FeedClaim {
  readonly feed: ClusterFeed;
  release(): void;
}
