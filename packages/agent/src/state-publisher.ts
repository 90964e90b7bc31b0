import type { UnitState } from "@flotilla/model";
import { type Clock, type Logger, Nudge, pokedWithin } from "@flotilla/runtime";
import type { LeaseId, StateClaim, StateRegistry } from "@flotilla/registry";
import { persist } from "./persist.ts";

export interface StatePublisherOptions {
  readonly states: Pick<StateRegistry, "claim" | "published" | "publish">;
  /** True while units are on their way: what they come to is told together. */
  readonly isBusy: () => boolean;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** What units that are on their way come to is kept back for so long, milliseconds, to be told with the others'. */
const GATHER_MS = 50;

/** A write may take one part in so many of the time: where the store or this machine is busy, more is gathered. */
const SHARE = 10;
const LONGEST_GATHER_MS = 250;

/**
 * A write that comes so long after the last reading, milliseconds, reads again what stands: another hand may have deleted
 * or overwritten it. While nothing changes, nothing is read.
 */
const READ_AGAIN_MS = 60_000;

/**
 * Keeps what the store says of this machine's units as it is here. Changes go out as soon as no unit is on its way,
 * and within 50 to 250 ms if some are; what changes while a write is under way is gathered into the next one, the
 * latest state of each unit. So one start is one write, and a burst of them is few.
 */
export class StatePublisher {
  readonly #options: StatePublisherOptions;
  readonly #nudge = new Nudge();
  /** Poked when no unit is on its way any more. */
  readonly #calm = new Nudge();
  #gatherMs = GATHER_MS;
  readonly #wanted = new Map<string, UnitState>();
  /** What the store is known to say under the present claim. */
  #published = new Map<string, UnitState>();
  /** Units for which the two may differ. */
  #due = new Set<string>();
  /** When the published states are to be read next, by the monotonic clock. */
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(options: StatePublisherOptions) {
    this.#options = options;
  }

  /** How many units' states the store has yet to be told. */
  get backlog(): number {
    return this.#due.size;
  }

  /** Takes note of a unit's state; undefined takes it back. */
  set(unit: string, state: UnitState | undefined): void {
    if (isSame(this.#wanted.get(unit), state)) return;
    if (state) this.#wanted.set(unit, state);
    else this.#wanted.delete(unit);
    this.#due.add(unit);
    this.#nudge.poke();
  }

  /**
   * Publishes under `lease` until `signal` aborts; resolves then. What an earlier process published
   * under the same lease is read first, and corrected where it is no longer so.
   */
  async run(lease: LeaseId, signal: AbortSignal): Promise<void> {
    const writing = { ...this.#options, what: "publishing unit states" };
    let claim: StateClaim | undefined;
    const publish = async (either: AbortSignal): Promise<void> => {
      // The claim comes first: after it nothing that was sent before can change what is read.
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
        await persist(writing, signal, publish);
        await this.#nudge.wait(signal);
        await this.#gather(signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** @param isKnown this process alone has written the states since it read them last. */
  async #read(lease: LeaseId, isKnown: boolean, signal: AbortSignal): Promise<void> {
    const { states, clock, log } = this.#options;
    const before = this.#published;
    this.#published = await states.published(lease, signal);
    this.#readAt = clock.monotonic() + READ_AGAIN_MS;
    const names = new Set([...before.keys(), ...this.#published.keys()]);
    const differing = [...names].filter((name) => !isSame(before.get(name), this.#published.get(name)));
    if (isKnown && differing.length > 0) {
      log.error("unit states in the store were deleted or overwritten by another hand; they are written again", {
        units: differing.length,
        unit: differing[0],
      });
    }
    // mutation: first publication
    this.#due = new Set([...this.#wanted.keys(), ...this.#published.keys()]);
  }

  /** Reads what stands in the store, where another hand has been, and corrects what is not so. */
  readAgain(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
    this.#nudge.poke();
  }

  /** To be called when a unit is on its way no more: what was kept back for it may go out. */
  settled(): void {
    if (!this.#options.isBusy()) this.#calm.poke();
  }

  async #gather(signal: AbortSignal): Promise<void> {
    const { clock, isBusy } = this.#options;
    const until = clock.monotonic() + this.#gatherMs;
    for (let left = this.#gatherMs; isBusy() && left > 0; left = until - clock.monotonic())
      await pokedWithin(this.#calm, clock, left, signal);
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
    this.#gatherMs = Math.min(Math.max(GATHER_MS, SHARE * (clock.monotonic() - begun)), LONGEST_GATHER_MS);
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
  const fields = ["hash", "load", "active", "sub", "launched", "restarted", "gaveUp", "cleared", "problem"] as const;
  return fields.every((field) => left[field] === right[field]);
}
