import { setImmediate } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { ClusterChange } from "@flotilla/registry";
import type { Clock, Logger } from "@flotilla/runtime";
import { type Decided, type Moment, Scheduler } from "@flotilla/schedule";
import type { EngineObserver } from "./options.ts";
import { type LiveView, StandingView } from "./standing-view.ts";

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
   * view change: leases and heartbeats go on. One at a time.
   * @throws the signal's reason.
   */
  async decide(view: LiveView, moment: Moment, signal: AbortSignal): Promise<Decided> {
    const { clock } = this.#options;
    const begun = clock.monotonic();
    const isLook = begun >= this.#lookDue;
    const snapshot = new StandingView(view);
    // The look at all must see what the kept plan sees, though there is a wait between the two.
    if (isLook) snapshot.stand();
    // A plan that was left half worked out is of no use to the next pass.
    const kept = this.#scheduler;
    this.#scheduler = new Scheduler();
    this.#isDeciding = true;
    try {
      const decided = await run(kept, snapshot, moment, signal);
      if (!isLook) return this.#keep(kept, decided);
      const anew = new Scheduler();
      const all = await run(anew, snapshot, moment, signal);
      const now = clock.monotonic();
      this.#lookDue = now + Math.max(this.#options.interval, (now - begun) / LOOKING_SHARE);
      await this.#compare(decided, all);
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

  /** Why a unit has no place, as it was decided last: see Scheduler.explain. Not while a decision is under way. */
  explain(unit: string): readonly string[] {
    return this.#scheduler.explain(unit);
  }

  async #compare(kept: Decided, anew: Decided): Promise<void> {
    const { log, onDisagreement } = this.#options;
    const difference = await differenceOf(kept, anew);
    if (difference === undefined) return;
    log.error("the kept plan was not as the cluster is; this is a fault in Flotilla, please report it", { difference });
    onDisagreement?.(difference);
  }
}

async function run(
  scheduler: Scheduler,
  snapshot: StandingView,
  moment: Moment,
  signal: AbortSignal,
): Promise<Decided> {
  const steps = scheduler.steps(snapshot, moment);
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value;
    snapshot.stand();
    await setImmediate();
    signal.throwIfAborted();
  }
}

/** So many decisions are compared at once. */
const COMPARED_AT_ONCE = 200;

/** What one decided and the other did not; undefined when they agree. */
async function differenceOf(kept: Decided, anew: Decided): Promise<string | undefined> {
  const [before, after] = [kept, anew].map(({ toWrite, refused }) => [...toWrite, ...refused.values()]);
  const known = new Map((before ?? []).map((decision) => [decision.sentence, decision]));
  for (const [index, decision] of (after ?? []).entries()) {
    if (index % COMPARED_AT_ONCE === COMPARED_AT_ONCE - 1) await setImmediate();
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
