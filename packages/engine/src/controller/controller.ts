import type { NewEvent } from "@flotilla/model";
import type { ClusterChange, ClusterView } from "@flotilla/registry";
import type { LogFields } from "@flotilla/runtime";
import type { Steps } from "@flotilla/schedule";
import type { Absences } from "../absence/absences.ts";
import type { Now } from "./now.ts";
import type { StandingView } from "./standing-view.ts";
import type { FencedWriter } from "./fenced-writer.ts";

/**
 * One concern of the leader: snapshot in, pure decision, fenced write, reason logged.
 *
 * Each term has its own controllers and runs all of them in one loop, in a fixed order: see `controllersOf`. A pass ends
 * with the first controller that writes, so the controllers after it decide on a snapshot that contains the write. The
 * change that a write makes must therefore wake the controllers that depend on it. A controller whose `dueAt` passes
 * before its turn gets that turn in the next pass.
 */
export interface Controller<D extends LeaderDecision = LeaderDecision> {
  /** Whether the leader must run a pass for this change at once; other changes wait for the next pass. */
  wakes(change: ClusterChange, view: ClusterView): boolean;

  /** Takes in a change. The loop calls it for each change before the first snapshot that contains the change. */
  note?(change: ClusterChange): void;

  /**
   * Reads facts that no snapshot contains. The loop calls it in each pass before it takes the snapshot. Returns
   * undefined, not a promise, when there is nothing to read. In that case, the snapshot shows exactly what `observe`
   * saw.
   */
  observe?(view: ClusterView, absences: Absences, signal: AbortSignal): Promise<void> | undefined;

  /**
   * Decides. Yields at least every few milliseconds, writes nothing and waits for nothing. The loop may abandon the
   * steps before the last one.
   */
  steps(input: PassInput): Steps<readonly D[]>;

  /** Writes decisions through `writer`, which compares the leader's term in each write. */
  write(decisions: readonly D[], writer: FencedWriter<D>, signal: AbortSignal): Promise<WriteOutcome>;

  /** Returns the log lines about a written decision. */
  linesOf(decision: D): readonly LogLine[];

  /** Returns the events of a written decision; absent if nobody needs to know. */
  eventsOf?(decision: D): readonly NewEvent[];

  /**
   * When the passing of time alone may change the controller's decisions, by the monotonic clock; undefined for never.
   */
  readonly dueAt?: number | undefined;
}

/** A decision of a controller, with its reason. */
export interface LeaderDecision {
  readonly kind: string;
  readonly reason: { readonly code: string };
  /** The reason as one line, for the log. */
  readonly sentence: string;
  readonly unit?: string;
}

/** The input of all controllers in one pass. */
export interface PassInput {
  /** The cluster at one moment: it does not change until the pass ends. */
  readonly snapshot: StandingView;
  /**
   * The live view of the same cluster, which shows more than a snapshot; undefined once it is ahead of the snapshot.
   */
  readonly live: ClusterView | undefined;
  readonly absences: Absences;
  readonly now: Now;
}

/**
 * - `written`: some decisions were written.
 * - `outdated`: nothing was written, because the cluster changed since the snapshot. The controllers after this one get
 *   their turn.
 * - `retry`: as `outdated`, and another pass must follow at once.
 */
export type WriteOutcome = "written" | "outdated" | "retry";

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: LogFields;
}
