import { type ClusterSnapshot, isStarted, type Unit } from "@flotilla/model";
import { RIGHT_AFTER_MS } from "../absence/last-starts.ts";
import type { Now } from "../controller/now.ts";

/**
 * A unit that has run on a machine for this long after the start order has not taken the machine down, milliseconds.
 */
const OUTLIVED_MS = 3_000;

interface Trial {
  /** When this leader first saw that a machine was ordered to start the unit, monotonic milliseconds. */
  readonly orderedAt: number | undefined;
  /** When the trial ends if nothing changes, monotonic milliseconds. */
  readonly endsAt: number | undefined;
  /** The unit has been seen to run. */
  readonly runs: boolean;
}

const NEW: Trial = { orderedAt: undefined, endsAt: undefined, runs: false };

/** The global units on trial: no machine has outlived the start of the unit's present version yet. */
export class Trials {
  readonly #trials = new Map<string, Trial>();

  /** Begins a trial if the changed unit is global. */
  begin(name: string, { units }: ClusterSnapshot): void {
    if (units.get(name)?.requirements.global && !this.#trials.has(name)) this.#trials.set(name, NEW);
  }

  update(snapshot: ClusterSnapshot, now: Now): void {
    for (const [name, trial] of this.#trials) {
      const next = nextOf(trial, snapshot.units.get(name), snapshot, now);
      if (next) this.#trials.set(name, next);
      else this.#trials.delete(name);
    }
  }

  get names(): Set<string> {
    return new Set(this.#trials.keys());
  }

  /** Whether no report says yet that the unit runs. The first one brings the end of the trial forward. */
  awaitsFirstRun(name: string): boolean {
    return this.#trials.get(name)?.runs === false;
  }

  *ends(): Iterable<number | undefined> {
    for (const { endsAt } of this.#trials.values()) yield endsAt;
  }
}

/**
 * Returns undefined when the trial is over. The order's age by the wall clock counts too, so that a new leader does not
 * put units on trial whose start was long ago.
 */
function nextOf(
  { orderedAt: known }: Trial,
  unit: Unit | undefined,
  snapshot: ClusterSnapshot,
  now: Now,
): Trial | undefined {
  if (!unit?.requirements.global || unit.desired !== "launched") return undefined;
  const orders = currentOrders(unit, snapshot);
  if (orders.length === 0) return NEW;
  const orderedAt = known ?? now.monotonic;
  const age = Math.max(now.monotonic - orderedAt, ...orders.map(({ askedAt }) => now.wall - askedAt));
  const runs = orders.some((order) => order.runs);
  const left = (runs ? OUTLIVED_MS : RIGHT_AFTER_MS) - age;
  return left <= 0 ? undefined : { orderedAt, endsAt: now.monotonic + left, runs };
}

interface Order {
  readonly askedAt: number;
  readonly runs: boolean;
}

/** The orders to start the unit's present version, on machines that are present. */
function currentOrders({ name, hash }: Unit, { assignments, machines, states }: ClusterSnapshot): readonly Order[] {
  const orders: Order[] = [];
  for (const { machineID, askedAt, ...place } of assignments.get(name)?.values() ?? []) {
    if (place.hash !== hash || place.desired !== "launched" || place.leaving || !machines.has(machineID)) continue;
    const state = states.get(name)?.get(machineID);
    orders.push({ askedAt, runs: state?.hash === hash && isStarted(state) });
  }
  return orders;
}
