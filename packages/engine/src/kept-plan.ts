import { setImmediate } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { ClusterSnapshot } from "@flotilla/model";
import type { ClusterChange } from "@flotilla/registry";
import type { Clock, Logger } from "@flotilla/runtime";
import { type Decided, type Moment, Scheduler } from "@flotilla/schedule";
import { copyOf } from "./copy-of.ts";
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
  /** What changed while a decision was under way, each thing once: the decision has not seen it. */
  readonly #meanwhile = new Map<string, ClusterChange>();
  #isDeciding = false;
  /** The last decision took more than one step, and so may the next. */
  #isLaden = true;
  #lookDue: number;

  constructor(options: KeptPlanOptions) {
    this.#options = options;
    this.#lookDue = options.clock.monotonic() + options.interval;
  }

  /** Has to be told of every change, also of those after which nobody is in a hurry. */
  note(changes: readonly ClusterChange[]): void {
    for (const change of changes) {
      if (this.#isDeciding) this.#meanwhile.set(keyOf(change), change);
      else this.#scheduler.note(change);
    }
  }

  /**
   * Decides on the cluster as it is at the call. A decision that takes long lets the event loop turn in between, and the
   * view change: leases and heartbeats go on.
   * @throws the signal's reason.
   */
  async decide(view: ClusterSnapshot, moment: Moment, signal: AbortSignal): Promise<Decided> {
    const { clock } = this.#options;
    const begun = clock.monotonic();
    const isLook = begun >= this.#lookDue;
    const isCopied = isLook || this.#isLaden;
    const snapshot = isCopied ? copyOf(view) : view;
    // A plan that was left half worked out is of no use to the next pass.
    const kept = this.#scheduler;
    this.#scheduler = new Scheduler();
    this.#isDeciding = true;
    try {
      const decided = await this.#run(kept, snapshot, moment, isCopied ? signal : undefined);
      if (!isLook) return this.#keep(kept, decided);
      const anew = new Scheduler();
      const all = await this.#run(anew, snapshot, moment, signal);
      const now = clock.monotonic();
      this.#lookDue = now + Math.max(this.#options.interval, (now - begun) / LOOKING_SHARE);
      this.#compare(decided, all);
      return this.#keep(anew, all);
    } finally {
      this.#isDeciding = false;
      this.#meanwhile.clear();
    }
  }

  #keep(scheduler: Scheduler, decided: Decided): Decided {
    for (const change of this.#meanwhile.values()) scheduler.note(change);
    this.#scheduler = scheduler;
    return decided;
  }

  /** @param signal undefined for a view that changes with each turn. */
  async #run(
    scheduler: Scheduler,
    snapshot: ClusterSnapshot,
    moment: Moment,
    signal: AbortSignal | undefined,
  ): Promise<Decided> {
    const steps = scheduler.steps(snapshot, moment);
    for (let count = 1; ; count++) {
      const step = steps.next();
      if (step.done) {
        this.#isLaden = count > 1;
        return step.value;
      }
      if (!signal) continue;
      await setImmediate();
      signal.throwIfAborted();
    }
  }

  #compare(kept: Decided, anew: Decided): void {
    const { log, onDisagreement } = this.#options;
    const difference = differenceOf(kept, anew);
    if (difference === undefined) return;
    log.error("the kept plan was not as the cluster is; this is a fault in Flotilla, please report it", { difference });
    onDisagreement?.(difference);
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

function keyOf(change: ClusterChange): string {
  const unit = "unit" in change ? change.unit : "";
  return `${change.kind} ${unit} ${"machineID" in change ? change.machineID : ""}`;
}
