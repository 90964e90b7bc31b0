import { ChangeSet, KeptPlan, runSteps, StandingView } from "@flotilla/engine";
import { type ClusterChange, type ClusterFeed, OneAtATime } from "@flotilla/registry";
import { type Clock, type Logger, Turns } from "@flotilla/runtime";
import { NO_TIME } from "@flotilla/schedule";

export interface ExplainerOptions {
  readonly feed: ClusterFeed;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborts when the feed ends. */
  readonly ended: AbortSignal;
}

/**
 * Says why units have no place, by the rules that decide it. Who asks first pays for a look at all; after that an
 * answer costs what has changed since the last one, however many units there are. What takes long lets the event loop
 * turn.
 */
export class Explainer {
  readonly #options: ExplainerOptions;
  readonly #plan: KeptPlan;
  /** Changes amid a decision, which the plan takes in afterwards. */
  readonly #changes = new ChangeSet();
  #isDeciding = false;
  readonly #turns: Turns;
  readonly #queue = new OneAtATime();
  #behind = true;

  constructor(options: ExplainerOptions) {
    this.#options = options;
    const { feed, clock, log } = options;
    // It is the leader's plan that is looked at whether it is as the cluster is.
    this.#plan = new KeptPlan({ interval: Number.POSITIVE_INFINITY, clock, log });
    this.#turns = new Turns(clock);
    feed.onChange((changes) => {
      this.#behind = true;
      if (this.#isDeciding) this.#changes.add(changes);
      else this.#note(changes);
    });
  }

  /**
   * By unit, lines for people, as the cluster was at some time since the call; none when the unit has a place, or the
   * engine is about to give it one.
   * @throws the signal's reason, or that for which the feed ended.
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

  /** For whoever asks next, too: that this one does not want to know any more does not end it. */
  async #catchUp(): Promise<void> {
    const { feed, ended } = this.#options;
    this.#behind = false;
    try {
      while (!feed.isWhole) await feed.latest(ended);
      this.#isDeciding = true;
      const snapshot = new StandingView(feed.view);
      await runSteps(this.#plan.steps(snapshot, NO_TIME), snapshot, ended);
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
