import { type ClusterSnapshot, isStarted, type MachineID } from "@flotilla/model";
import type { ClusterView } from "@flotilla/registry";
import type { Clock } from "@flotilla/runtime";
import { failureHere, type Moment, pauseAfter } from "@flotilla/schedule";

/** A unit that runs so long has got over its failed attempts, milliseconds. */
const RECOVERED_AFTER_MS = 3_600_000;

interface Stay {
  /** The attempt that failed last, and whether the unit is still where that was. */
  readonly name: string;
  readonly seenAt: number;
}

/**
 * How long units that failed have been where they are. Counted by this leader's own clock from when it first saw
 * them there: a new leader begins to count anew, rather than trust another machine's clock.
 */
export class Patience {
  readonly #clock: Clock;
  readonly #stays = new Map<string, Stay>();

  readonly #exclusiveMs: number;
  readonly #awaySince = new Map<MachineID, number>();

  /** @param exclusiveMs how long a machine has to be away for its guard to have stopped its exclusive units. */
  constructor(clock: Clock, exclusiveMs: number) {
    this.#clock = clock;
    this.#exclusiveMs = exclusiveMs;
  }

  moment(snapshot: ClusterView): Moment {
    const rested = new Set<string>();
    const recovered = new Set<string>();
    for (const name of this.#stays.keys()) if (!snapshot.attempts.has(name)) this.#stays.delete(name);
    for (const [name, { failed }] of snapshot.attempts) {
      const unit = snapshot.units.get(name);
      if (!unit) continue;
      const isFailing = failureHere(unit, snapshot) !== undefined;
      const stayed = this.#stayed(
        name,
        `${failed.at(-1)?.since ?? 0} ${isFailing ? "fails" : isRunning(name, snapshot)}`,
      );
      if (isFailing && stayed >= pauseAfter(failed)) rested.add(name);
      if (!isFailing && isRunning(name, snapshot) && stayed >= RECOVERED_AFTER_MS) recovered.add(name);
    }
    return { now: this.#clock.wall(), rested, recovered, gone: this.#gone(snapshot) };
  }

  /** A machine that leaves on purpose is away once its units have had their time to stop, and its lease has ended. */
  #gone({ assignmentsOn, machines, departed }: ClusterView): Set<MachineID> {
    const now = this.#clock.monotonic();
    const away = [...assignmentsOn.keys()].filter((id) => !machines.has(id) && !departed.has(id));
    for (const id of this.#awaySince.keys()) if (!away.includes(id)) this.#awaySince.delete(id);
    for (const id of away) if (!this.#awaySince.has(id)) this.#awaySince.set(id, now);
    return new Set(away.filter((id) => now - (this.#awaySince.get(id) ?? now) >= this.#exclusiveMs));
  }

  /** Milliseconds for which the unit has been as it is. */
  #stayed(unit: string, name: string): number {
    const now = this.#clock.monotonic();
    const known = this.#stays.get(unit);
    if (known?.name === name) return now - known.seenAt;
    this.#stays.set(unit, { name, seenAt: now });
    return 0;
  }
}

function isRunning(name: string, { states }: ClusterSnapshot): boolean {
  return [...(states.get(name)?.values() ?? [])].some(isStarted);
}
