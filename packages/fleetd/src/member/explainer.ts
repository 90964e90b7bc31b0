import { ChangeSet, KeptPlan, runSteps, StandingView } from "@flotilla/engine";
import type { ClusterSnapshot, Strategy, Unit } from "@flotilla/model";
import { type ClusterChange, type ClusterFeed, OneAtATime } from "@flotilla/registry";
import { type Clock, type Logger, Turns } from "@flotilla/runtime";
import { type AheadChange, NO_TIME, planAhead, type Staying, type Steps, type Weighing } from "@flotilla/schedule";

export interface ExplainerOptions {
  readonly feed: ClusterFeed;
  /** The leader's, which must be the same for the same answers. */
  readonly strategy: Strategy;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborts when the feed ends. */
  readonly ended: AbortSignal;
}

/**
 * Explains why units are not placed, by the placement rules. The first answer examines the whole cluster; each later
 * answer examines only the changes since the last answer. Long work runs in turns.
 */
export class Explainer {
  readonly #options: ExplainerOptions;
  readonly #plan: KeptPlan;
  /** Changes during a decision, which the plan takes in afterwards. */
  readonly #changes = new ChangeSet();
  #isDeciding = false;
  readonly #turns: Turns;
  readonly #queue = new OneAtATime();
  #behind = true;

  constructor(options: ExplainerOptions) {
    this.#options = options;
    const { feed, strategy, clock, log } = options;
    // No full checks here: the leader compares its own plan with the cluster.
    this.#plan = new KeptPlan({ interval: Number.POSITIVE_INFINITY, strategy, clock, log });
    this.#turns = new Turns(clock);
    feed.onChange((changes) => {
      this.#behind = true;
      if (this.#isDeciding) this.#changes.add(changes);
      else this.#note(changes);
    });
  }

  /**
   * Returns the reasons of each unit as lines of text, as of the call or later. A unit has no lines if it is placed, or
   * if the engine is about to place it.
   * @throws the signal's reason, or the reason why the feed ended.
   */
  explain(units: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, readonly string[]>> {
    const explain = async (): Promise<ReadonlyMap<string, readonly string[]>> => {
      if (this.#behind) await this.#catchUp();
      const reasons = new Map<string, readonly string[]>();
      for (const unit of units) reasons.set(unit, await this.#turns.run(() => this.#plan.explain(unit), signal));
      return reasons;
    };
    return this.#queue.run("plan", explain, signal);
  }

  /** Weighs all machines for a unit, as of the call or later; undefined for a unit that needs no machine. */
  weigh(unit: string, signal: AbortSignal): Promise<Weighing | undefined> {
    const ask = async (): Promise<Weighing | undefined> => {
      if (this.#behind) await this.#catchUp();
      return await this.#turns.run(() => this.#plan.weigh(unit), signal);
    };
    return this.#queue.run("plan", ask, signal);
  }

  /** What would follow if these units were written; see planAhead. */
  plan(units: readonly Unit[], signal: AbortSignal): Promise<readonly AheadChange[]> {
    const ask = async (): Promise<readonly AheadChange[]> => {
      const changes = await this.#decide((snapshot) => planAhead(this.#plan, snapshot, units));
      this.#behind = true;
      return changes;
    };
    return this.#queue.run("plan", ask, signal);
  }

  /** Returns the units that stay on a machine although it is drained, of those named. */
  staying(units: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Staying>> {
    const read = async (): Promise<ReadonlyMap<string, Staying>> => {
      if (this.#behind) await this.#catchUp();
      return new Map(units.flatMap((name) => this.#plan.staying(name) ?? []).map((staying) => [staying.unit, staying]));
    };
    return this.#queue.run("plan", read, signal);
  }

  /** Computes something on the cluster as of the call or later, in steps. */
  preview<T>(make: (snapshot: ClusterSnapshot) => Steps<T>, signal: AbortSignal): Promise<T> {
    const compute = async (): Promise<T> => {
      const { feed, ended } = this.#options;
      while (!feed.isWhole) await feed.latest(ended);
      const snapshot = new StandingView(feed.view);
      return runSteps(make(snapshot), snapshot, AbortSignal.any([ended, signal]));
    };
    return this.#queue.run("plan", compute, signal);
  }

  async #catchUp(): Promise<void> {
    await this.#decide((snapshot) => this.#plan.steps(snapshot, NO_TIME));
  }

  /** Updates the plan. Independent of the caller's signal, because later callers need the same plan. */
  async #decide<T>(steps: (snapshot: StandingView) => Steps<T>): Promise<T> {
    const { feed, ended } = this.#options;
    this.#behind = false;
    try {
      while (!feed.isWhole) await feed.latest(ended);
      this.#isDeciding = true;
      const snapshot = new StandingView(feed.view);
      return await runSteps(steps(snapshot), snapshot, ended);
    } catch (error) {
      this.#behind = true;
      throw error;
    } finally {
      this.#isDeciding = false;
      this.#note(this.#changes.take());
    }
  }

  #note(changes: Iterable<ClusterChange>): void {
    for (const change of changes) this.#plan.note(change);
  }
}
