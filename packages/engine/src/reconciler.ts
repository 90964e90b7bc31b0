import {
  type AssignmentRegistry,
  type ClusterFeed,
  type ClusterView,
  ConflictError,
  fits,
  type Leadership,
  LeadershipLostError,
} from "@flotilla/registry";
import type { AssignmentStep, MachineID } from "@flotilla/model";
import type { Logger, Nudge } from "@flotilla/runtime";
import type { Decided, Decision } from "@flotilla/schedule";
import { repairsOf } from "./assignment-repair.ts";
import { DecisionLog } from "./decision-log.ts";
import type { KeptPlan } from "./kept-plan.ts";
import type { EngineObserver } from "./options.ts";
import type { Patience } from "./patience.ts";
import type { RollCall } from "./roll-call.ts";

export interface ReconcilerOptions extends Pick<EngineObserver, "onDecisions"> {
  readonly assignments: AssignmentRegistry;
  readonly leadership: Leadership;
  /** The machine whose engine leads. */
  readonly machineID: MachineID;
  readonly feed: ClusterFeed;
  readonly rollCall: Pick<RollCall, "refresh" | "isCalled" | "call"> | undefined;
  readonly patience: Patience;
  readonly plan: KeptPlan;
  /** Poked when there is more to do than could be written. */
  readonly nudge: Nudge;
  readonly log: Logger;
}

/** More decisions than any transaction holds. */
const MOST_AT_ONCE = 128;

/** In one pass; a call is repeated when somebody has come or gone meanwhile. */
const MOST_ROLL_CALLS = 10;

/** One leader's term of reading the cluster, deciding, and writing what was decided. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #log: DecisionLog;
  /** How many decisions share a transaction: fewer after one was refused, for it fails as a whole. */
  #most = MOST_AT_ONCE;
  /** The revision of the last answer to a write: nothing is decided on an older view. */
  #answered = 0;
  /** A write may be on its way, or others may have written before this term. */
  #uncertain = true;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#log = new DecisionLog(options.log);
  }

  /**
   * Resolves to true when there was nothing to write.
   * @throws LeadershipLostError when another leads; the store's errors; the signal's reason.
   */
  async pass(signal: AbortSignal): Promise<boolean> {
    const decided = await this.#decide(signal);
    const { toWrite, refused, lookedAt } = decided;
    this.#log.unplaceable(decided);
    this.#log.setAside(decided.setAside);
    this.#options.onDecisions?.(
      "refused",
      [...lookedAt].flatMap((name) => refused.get(name) ?? []),
    );
    await this.#write(toWrite, signal);
    return toWrite.length === 0;
  }

  /** Only upon a attendance that is as the view is: how many machines are lost is known before the first one's units move. */
  async #decide(signal: AbortSignal): Promise<Decided> {
    const { feed, rollCall, patience, plan } = this.#options;
    let view = await this.#repaired(await this.#currentView(signal), signal);
    await rollCall?.refresh(view, signal);
    for (let calls = 0; calls < MOST_ROLL_CALLS; calls++) {
      // Not a turn may pass between this look at the live view and the decision.
      if (feed.isWhole) {
        if (!rollCall || rollCall.isCalled(view)) return await plan.decide(view, patience.moment(view), signal);
        this.#uncertain = true;
        this.#answered = await rollCall.call(view, signal);
        this.#uncertain = false;
      }
      view = await this.#currentView(signal);
    }
    throw new ConflictError("Machines come and go faster than the attendance can be called; it is tried again.");
  }

  async #repaired(view: ClusterView, signal: AbortSignal): Promise<ClusterView> {
    const repairs = repairsOf(view);
    if (repairs.length === 0) return view;
    for (const { writes } of repairs)
      for (const { unit, action } of writes)
        this.#options.log.error("an assignment in the store could not be read; writing it again", { unit, action });
    // When something has changed meanwhile, the next pass looks again.
    await this.#apply(repairs, signal);
    return this.#currentView(signal);
  }

  /** Its own writes must be in it, else they would be decided upon again; so is the leader's key, as this term took it. */
  async #currentView(signal: AbortSignal): Promise<ClusterView> {
    const { feed, machineID } = this.#options;
    // mutation: own writes in the view
    if (this.#uncertain) await feed.fresh(signal);
    else await feed.reach(this.#answered, signal);
    this.#uncertain = false;
    if (feed.view.leader !== machineID) throw new LeadershipLostError(UNSEATED);
    return feed.view;
  }

  async #write(decisions: readonly Decision[], signal: AbortSignal): Promise<void> {
    const { nudge } = this.#options;
    for (let from = 0; from < decisions.length;) {
      const window = decisions.slice(from, from + MOST_AT_ONCE);
      const batch = window.slice(0, fits(window, this.#most));
      from += batch.length;
      if (await this.#writeBatch(batch, signal)) continue;
      // What stood in the way may be in the view by now. A single decision is left for a later pass:
      // the others need not wait for it.
      if (batch.length > 1) return nudge.poke();
    }
  }

  async #writeBatch(batch: readonly Decision[], signal: AbortSignal): Promise<boolean> {
    const { log, onDecisions } = this.#options;
    let applied = false;
    try {
      applied = await this.#apply(batch, signal);
    } finally {
      onDecisions?.(applied ? "written" : "not-written", batch);
    }
    if (applied) {
      this.#most = Math.min(MOST_AT_ONCE, this.#most * 2);
      this.#log.applied(batch);
      return true;
    }
    await this.#checkSeat(signal);
    this.#most = Math.max(1, Math.floor(batch.length / 2));
    log.debug("the cluster has changed since it was decided upon; deciding again", {
      decisions: batch.length,
      unit: batch[0]?.unit,
    });
    return false;
  }

  async #apply(batch: readonly AssignmentStep[], signal: AbortSignal): Promise<boolean> {
    const { assignments, leadership } = this.#options;
    signal.throwIfAborted();
    this.#uncertain = true;
    const { applied, revision } = await assignments.apply(leadership, batch, signal);
    this.#uncertain = false;
    this.#answered = revision;
    return applied;
  }

  async #checkSeat(signal: AbortSignal): Promise<void> {
    const { assignments, leadership } = this.#options;
    if (await assignments.holds(leadership, signal)) return;
    throw new LeadershipLostError(UNSEATED);
  }
}

const UNSEATED =
  "The leader's key is another engine's by now, or gone: this engine stops deciding and stands for leader again.";
