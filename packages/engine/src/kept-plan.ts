import { isDeepStrictEqual } from "node:util";
import type { ClusterChange, ClusterView } from "@flotilla/registry";
import type { Clock, Logger } from "@flotilla/runtime";
import { type Decided, type Moment, Scheduler } from "@flotilla/schedule";
import type { EngineObserver } from "./options.ts";

export interface KeptPlanOptions extends Pick<EngineObserver, "onDisagreement"> {
  /** At least so long lies between two looks at all, milliseconds. */
  readonly interval: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The share of the time that looks at all may take: nothing to notice beside what the leader costs at rest. */
const LOOKING_SHARE = 1 / 2_000;

/**
 * What this leader decides, at the cost of what has changed. Now and then it looks at all the same, as one who has
 * just begun to lead: should that decide otherwise, something that changes was not told, which is a fault here.
 */
export class KeptPlan {
  readonly #options: KeptPlanOptions;
  #scheduler = new Scheduler();
  #lookDue: number;

  constructor(options: KeptPlanOptions) {
    this.#options = options;
    this.#lookDue = options.clock.monotonic() + options.interval;
  }

  /** Has to be told of every change, also of those after which nobody is in a hurry. */
  note(changes: readonly ClusterChange[]): void {
    for (const change of changes) this.#scheduler.note(change);
  }

  decide(view: ClusterView, moment: Moment): Decided {
    const decided = this.#decideKept(view, moment);
    return this.#options.clock.monotonic() < this.#lookDue ? decided : this.#lookAtAll(view, moment, decided);
  }

  /** A plan that was left half worked out is of no use to the next pass. */
  #decideKept(view: ClusterView, moment: Moment): Decided {
    const kept = this.#scheduler;
    this.#scheduler = new Scheduler();
    const decided = kept.decide(view, moment);
    this.#scheduler = kept;
    return decided;
  }

  #lookAtAll(view: ClusterView, moment: Moment, kept: Decided): Decided {
    const { clock, interval, log, onDisagreement } = this.#options;
    const begun = clock.monotonic();
    this.#scheduler = new Scheduler();
    const decided = this.#scheduler.decide(view, moment);
    const now = clock.monotonic();
    this.#lookDue = now + Math.max(interval, (now - begun) / LOOKING_SHARE);
    const difference = differenceOf(kept, decided);
    if (difference !== undefined) {
      log.error("the kept plan was not as the cluster is; this is a fault in Flotilla, please report it", {
        difference,
      });
      onDisagreement?.(difference);
    }
    return decided;
  }
}

/** What one decided and the other did not; undefined when they agree. */
function differenceOf(kept: Decided, anew: Decided): string | undefined {
  const [before, after] = [kept, anew].map(({ toWrite, refused }) => [...toWrite, ...refused.values()]);
  const known = new Map((before ?? []).map((decision) => [decision.sentence, decision]));
  for (const decision of after ?? []) {
    if (!isDeepStrictEqual(known.get(decision.sentence), decision)) return `not decided: ${decision.sentence}`;
    known.delete(decision.sentence);
  }
  const [superfluous] = known.keys();
  return superfluous === undefined ? undefined : `decided in vain: ${superfluous}`;
}
