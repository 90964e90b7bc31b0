import type { ClusterSnapshot, Strategy } from "@flotilla/model";
import type { Clock, Logger } from "@flotilla/runtime";
import {
  type Change,
  type Decided,
  type Moment,
  Scheduler,
  type Staying,
  type Steps,
  type Weighing,
} from "@flotilla/schedule";
import type { EngineObserver } from "../options.ts";
import { differenceOf } from "./difference-of.ts";

export interface KeptPlanOptions {
  /** The least time between two full checks, milliseconds. */
  readonly interval: number;
  /** The cluster's, for units without their own. Default: spread. */
  readonly strategy?: Strategy | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called when a full check and the kept plan differ, which is a bug. */
  readonly onDisagreement?: EngineObserver["onDisagreement"] | undefined;
}

/** The share of the time that full checks may take: negligible beside the cost of an idle leader. */
const CHECK_SHARE = 1 / 2_000;

/**
 * The leader's plan, kept from pass to pass, so that a decision examines only what changed. From time to time a full
 * check decides on the whole cluster, as a new leader would. A different result means that a change was not noted,
 * which is a bug.
 */
export class KeptPlan {
  readonly #options: KeptPlanOptions;
  #scheduler: Scheduler;
  #nextCheck: number;

  constructor(options: KeptPlanOptions) {
    this.#options = options;
    this.#scheduler = this.#newScheduler();
    this.#nextCheck = options.clock.monotonic() + options.interval;
  }

  /**
   * Takes in a change of the cluster since the last decision. Every change must be noted, but not between the steps of
   * a decision.
   */
  note(change: Change): void {
    this.#scheduler.note(change);
  }

  /**
   * Decides on a snapshot that stays the same until the last step. Abandoned steps leave no plan, so the next steps
   * decide on the whole cluster.
   */
  *steps(snapshot: ClusterSnapshot, moment: Moment): Steps<Decided> {
    const { clock, interval } = this.#options;
    const begun = clock.monotonic();
    const kept = this.#scheduler;
    this.#scheduler = this.#newScheduler();
    const decided = yield* kept.steps(snapshot, moment);
    if (begun < this.#nextCheck) {
      this.#scheduler = kept;
      return decided;
    }
    const fresh = this.#newScheduler();
    const all = yield* fresh.steps(snapshot, moment);
    const now = clock.monotonic();
    this.#nextCheck = now + Math.max(interval, (now - begun) / CHECK_SHARE);
    yield* this.#compare(decided, all);
    this.#scheduler = fresh;
    return all;
  }

  /** Why a unit has no place, as of the last decision: see Scheduler.explain. Must not be called between steps. */
  explain(unit: string): readonly string[] {
    return this.#scheduler.explain(unit);
  }

  /** Weighs all machines for a unit, as of the last decision: see Scheduler.weigh. Must not be called between steps. */
  weigh(unit: string): Weighing | undefined {
    return this.#scheduler.weigh(unit);
  }

  /** Why a unit stays for now on a machine that is drained: see Scheduler.staying. */
  staying(unit: string): Staying | undefined {
    return this.#scheduler.staying(unit);
  }

  #newScheduler(): Scheduler {
    return new Scheduler(undefined, this.#options.strategy);
  }

  *#compare(kept: Decided, fresh: Decided): Steps<void> {
    const { log, onDisagreement } = this.#options;
    const difference = yield* differenceOf(kept, fresh);
    if (difference === undefined) return;
    log.error(
      "the kept plan differs from a decision on the whole cluster; this is a bug in Flotilla, please report it",
      { difference },
    );
    onDisagreement?.(difference);
  }
}
