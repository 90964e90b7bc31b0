import type { Run, UnitState } from "@flotilla/model";
import { type Clock, type Logger, Nudge } from "@flotilla/runtime";
import type { LeaseId, StateClaim, StateRegistry } from "@flotilla/registry";
import { retry } from "./retry.ts";
import { WritingPace } from "./writing-pace.ts";

export interface StatePublisherOptions {
  readonly states: Pick<StateRegistry, "claim" | "published" | "publish">;
  /** Whether units have tasks under way: their changes are then batched. */
  readonly isBusy: () => boolean;
  /** Called with the states that an earlier process has published, before the first write. */
  readonly onTakenOver?: (published: ReadonlyMap<string, UnitState>) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** How long changes are batched while units are busy, in milliseconds. */
const GATHER_MS = 50;

/** While units are busy, batches grow with the duration of writes, so that writes take at most a tenth of the time. */
const SHARE = 10;
const LONGEST_GATHER_MS = 250;

/**
 * Interval after which a write first reads the published states again, in milliseconds, because another client may have
 * changed them. Without changes, nothing is read.
 */
const READ_AGAIN_MS = 60_000;

/**
 * Keeps this machine's unit states in the store up to date. Changes are written at once while no unit is busy, and
 * within 50 to 250 ms otherwise. Changes during a write go into the next one, with the latest state of each unit. A
 * start thus takes one write, and a burst of starts few. Units that start one after the other share writes as well when
 * the store or the machine is busy (see WritingPace).
 */
export class StatePublisher {
  readonly #options: StatePublisherOptions;
  readonly #nudge = new Nudge();
  /** Poked when no unit is busy any more. */
  readonly #idle = new Nudge();
  #gatherMs = GATHER_MS;
  readonly #pace = new WritingPace();
  readonly #wanted = new Map<string, UnitState>();
  /** The states in the store under the present claim, as known. */
  #published = new Map<string, UnitState>();
  /** Units whose wanted and published states may differ. */
  #due = new Set<string>();
  /** When the published states must be read again, on the monotonic clock. */
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(options: StatePublisherOptions) {
    this.#options = options;
  }

  /** Number of units whose latest state is not in the store yet. */
  get backlog(): number {
    return this.#due.size;
  }

  /** The states that the store is to have. */
  get wanted(): ReadonlyMap<string, UnitState> {
    return this.#wanted;
  }

  /** Sets a unit's state; undefined deletes it. */
  set(unit: string, state: UnitState | undefined): void {
    if (isSame(this.#wanted.get(unit), state)) return;
    if (state) this.#wanted.set(unit, state);
    else this.#wanted.delete(unit);
    this.#due.add(unit);
    this.#nudge.poke();
  }

  /**
   * Publishes under `lease` until `signal` aborts; resolves then. States that an earlier process published under the
   * same lease are read first, and corrected if outdated.
   */
  async run(lease: LeaseId, signal: AbortSignal): Promise<void> {
    const { clock, random, log } = this.#options;
    const writing = { clock, random, log, what: "publishing unit states" };
    let claim: StateClaim | undefined;
    const publish = async (either: AbortSignal): Promise<void> => {
      // The claim comes first: after it, earlier requests cannot change the states that are read.
      const isKnown = claim !== undefined;
      claim ??= await this.#options.states.claim(lease, either);
      try {
        if (!isKnown || this.#options.clock.monotonic() >= this.#readAt) await this.#read(lease, isKnown, either);
        await this.#publishDue(claim, either);
      } catch (error) {
        claim = undefined;
        throw error;
      }
    };
    try {
      for (;;) {
        await retry(writing, signal, publish);
        await this.#nudge.wait(signal);
        await this.#gather(signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** @param isKnown whether only this process has written the states since the last reading. */
  async #read(lease: LeaseId, isKnown: boolean, signal: AbortSignal): Promise<void> {
    const { states, clock, log } = this.#options;
    const before = this.#published;
    this.#published = await states.published(lease, signal);
    this.#readAt = clock.monotonic() + READ_AGAIN_MS;
    const names = new Set([...before.keys(), ...this.#published.keys()]);
    const differing = [...names].filter((name) => !isSame(before.get(name), this.#published.get(name)));
    if (isKnown && differing.length > 0) {
      log.error("unit states in the store were deleted or overwritten by another client; writing them again", {
        units: differing.length,
        unit: differing[0],
      });
    }
    if (!isKnown) this.#options.onTakenOver?.(this.#published);
    // mutation: first publication
    this.#due = new Set([...this.#wanted.keys(), ...this.#published.keys()]);
  }

  /** Reads the states in the store again, after another client may have changed them, and corrects them. */
  readAgain(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
    this.#nudge.poke();
  }

  /** Must be called when a unit is no longer busy: writes its batch unless another unit is busy. */
  flushIfIdle(): void {
    if (!this.#options.isBusy()) this.#idle.poke();
  }

  async #gather(signal: AbortSignal): Promise<void> {
    const { clock, isBusy } = this.#options;
    const until = clock.monotonic() + this.#gatherMs;
    for (let left = this.#gatherMs; isBusy() && left > 0; left = until - clock.monotonic())
      await this.#idle.waitAtMost(left, clock, signal);
    const delay = this.#pace.delay(clock.monotonic());
    if (delay > 0) await clock.sleep(delay, signal);
  }

  async #publishDue(claim: StateClaim, signal: AbortSignal): Promise<void> {
    const { states, clock } = this.#options;
    const batch = this.#takeBatch();
    if (batch.size === 0) return;
    const begun = clock.monotonic();
    try {
      await states.publish(batch, claim, signal);
    } catch (error) {
      // mutation: failed publication
      for (const unit of batch.keys()) this.#due.add(unit);
      throw error;
    }
    const ended = clock.monotonic();
    this.#pace.note(begun, ended);
    this.#gatherMs = Math.min(Math.max(GATHER_MS, SHARE * (ended - begun)), LONGEST_GATHER_MS);
    for (const [unit, state] of batch) this.#isPublished(unit, state);
  }

  #takeBatch(): Map<string, UnitState | undefined> {
    const batch = new Map<string, UnitState | undefined>();
    for (const unit of this.#due) {
      const state = this.#wanted.get(unit);
      if (!isSame(state, this.#published.get(unit))) batch.set(unit, state);
    }
    this.#due.clear();
    return batch;
  }

  #isPublished(unit: string, state: UnitState | undefined): void {
    if (state) this.#published.set(unit, state);
    else this.#published.delete(unit);
  }
}

function isSame(left: UnitState | undefined, right: UnitState | undefined): boolean {
  if (!left || !right) return left === right;
  const run = ["active", "sub", "launched", "restarted", "secrets", "gaveUp"] as const;
  const fields = ["hash", "load", ...run, "cleared", "problem", "triggeredAt"] as const;
  return fields.every((field) => left[field] === right[field]) && areSame(left.runs, right.runs);
}

function areSame(left: UnitState["runs"] = [], right: UnitState["runs"] = []): boolean {
  if (left === right) return true;
  const ends = (run: Run | undefined): string => `${run?.invocation} ${run?.endedAt}`;
  return left.length === right.length && left.every((run, index) => ends(run) === ends(right[index]));
}
