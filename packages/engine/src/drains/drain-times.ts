import type { ClusterSnapshot, MachineID } from "@flotilla/model";
import type { ClusterChange } from "@flotilla/registry";
import type { Now } from "../controller/now.ts";

interface Times {
  /** Names the drain. */
  readonly since: number;
  /** As the drain has them, milliseconds since the epoch. */
  readonly deadline: number | undefined;
  readonly until: number | undefined;
  /** The same by this leader's monotonic clock, milliseconds. */
  readonly deadlineAt: number | undefined;
  readonly untilAt: number | undefined;
}

/**
 * The deadlines and the ends of drains. A leader translates each time into its own monotonic clock once, when it first
 * sees it, so that a later jump of the wall clock changes nothing. A new leader translates again, by its own wall clock.
 */
export class DrainTimes {
  readonly #drains = new Map<MachineID, Times>();
  /** Machines to examine again; undefined for all. */
  #changed: Set<MachineID> | undefined;

  note(change: ClusterChange): void {
    if (change.kind === "machine") this.#changed?.add(change.machineID);
  }

  update({ machines }: Pick<ClusterSnapshot, "machines">, { monotonic, wall }: Now): void {
    const changed = this.#changed ?? machines.keys();
    for (const id of changed) {
      const drain = machines.get(id)?.drain;
      if (!drain) {
        this.#drains.delete(id);
        continue;
      }
      const { since, deadline, until } = drain;
      const known = this.#drains.get(id);
      if (known?.since === since && known.deadline === deadline && known.until === until) continue;
      const at = (time: number | undefined): number | undefined =>
        time === undefined ? undefined : monotonic + (time - wall);
      this.#drains.set(id, { since, deadline, until, deadlineAt: at(deadline), untilAt: at(until) });
    }
    this.#changed = new Set();
  }

  /** The machines whose deadline has passed. */
  overdue(now: number): Set<MachineID> {
    return new Set(this.#ids(({ deadlineAt = Number.POSITIVE_INFINITY }) => deadlineAt <= now));
  }

  /** The drains that are over, each with its name. */
  over(now: number): ReadonlyMap<MachineID, number> {
    const ids = this.#ids(({ untilAt = Number.POSITIVE_INFINITY }) => untilAt <= now);
    return new Map(ids.map((id) => [id, this.#drains.get(id)?.since ?? 0]));
  }

  *ends(): Iterable<number | undefined> {
    for (const { deadlineAt, untilAt } of this.#drains.values()) {
      yield deadlineAt;
      yield untilAt;
    }
  }

  #ids(isMeant: (times: Times) => boolean): MachineID[] {
    return [...this.#drains].filter(([, times]) => isMeant(times)).map(([id]) => id);
  }
}
