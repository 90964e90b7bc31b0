import type { UnitState } from "@flotilla/model";
import { type Clock, type Logger, Nudge, pokedWithin } from "@flotilla/runtime";
import type { LeaseId, StateClaim, StateRegistry } from "@flotilla/registry";
import { persist } from "./persist.ts";

export interface StatePublisherOptions {
  readonly states: Pick<StateRegistry, "claim" | "published" | "publish">;
  /** True while units are on their way: what they come to is told together. Default never. */
  readonly isBusy?: () => boolean;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** What units that are on their way come to is kept back for so long, milliseconds, to be told with the others'. */
const GATHER_MS = 50;

/**
 * Keeps what the store says of this machine's units as it is here. Changes go out as soon as no unit is on its way,
 * and within 50 ms if some are; what changes while a write is under way is gathered into the next one, the latest
 * state of each unit. So one start is one write, and a burst of them is few.
 */
export class StatePublisher {
  readonly #options: StatePublisherOptions;
  readonly #nudge = new Nudge();
  readonly #wanted = new Map<string, UnitState>();
  /** What the store is known to say under the present claim. */
  #published = new Map<string, UnitState>();
  /** Units for which the two may differ. */
  #due = new Set<string>();

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
      claim ??= await this.#begin(lease, either);
      try {
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

  /** The claim comes first: after it nothing that was sent before can change what is read. */
  async #begin(lease: LeaseId, signal: AbortSignal): Promise<StateClaim> {
    const { states } = this.#options;
    const claim = await states.claim(lease, signal);
    this.#published = await states.published(lease, signal);
    this.#due = new Set([...this.#wanted.keys(), ...this.#published.keys()]);
    return claim;
  }

  /** To be called when a unit is on its way no more: what was kept back for it may go out. */
  settled(): void {
    if (this.#due.size > 0) this.#nudge.poke();
  }

  async #gather(signal: AbortSignal): Promise<void> {
    const { clock, isBusy = () => false } = this.#options;
    const until = clock.monotonic() + GATHER_MS;
    for (let left = GATHER_MS; isBusy() && left > 0; left = until - clock.monotonic())
      await pokedWithin(this.#nudge, clock, left, signal);
  }

  async #publishDue(claim: StateClaim, signal: AbortSignal): Promise<void> {
    while (this.#due.size > 0) {
      const batch = this.#takeBatch();
      if (batch.size === 0) return;
      try {
        await this.#options.states.publish(batch, claim, signal);
      } catch (error) {
        for (const unit of batch.keys()) this.#due.add(unit);
        throw error;
      }
      for (const [unit, state] of batch) this.#isPublished(unit, state);
    }
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
  const fields = ["hash", "load", "active", "sub", "launched", "gaveUp", "cleared", "problem"] as const;
  return fields.every((field) => left[field] === right[field]);
}
