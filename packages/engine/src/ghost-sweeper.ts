import type { AssignmentStep } from "@flotilla/model";
import type { AssignmentRegistry, ClusterView, Leadership } from "@flotilla/registry";
import type { Clock } from "@flotilla/runtime";

export interface GhostSweeperOptions {
  readonly assignments: AssignmentRegistry;
  readonly leadership: Leadership;
  readonly clock: Clock;
}

/** To look through all machines is not worth it more often, milliseconds. */
const EVERY_MS = 60_000;

/** A machine that this leader has not seen for so long is taken for one that will not come back, milliseconds. */
const GONE_AFTER_MS = 3_600_000;

/** Assignments deleted in one pass. */
const MOST_AT_ONCE = 64;

/**
 * Deletes the assignments of global units on machines that are gone for good. They are kept while a
 * machine may come back, so that its units run on then, and would otherwise pile up where machines
 * come and go for ever. A new leader counts anew, which only delays it.
 */
export class GhostSweeper {
  readonly #options: GhostSweeperOptions;
  readonly #missingSince = new Map<string, number>();
  #due = 0;

  constructor(options: GhostSweeperOptions) {
    this.#options = options;
  }

  /** Call it when there is nothing better to do: it looks only when it is due. */
  async sweep(view: ClusterView, signal: AbortSignal): Promise<void> {
    const { assignments, leadership, clock } = this.#options;
    const now = clock.monotonic();
    if (now < this.#due) return;
    this.#due = now + EVERY_MS;
    this.#takeRoll(view, now);
    const gone = [...this.#missingSince].filter(([, since]) => now - since >= GONE_AFTER_MS).map(([id]) => id);
    const steps = gone.flatMap((id) => ghostsOn(id, view)).slice(0, MOST_AT_ONCE);
    if (steps.length > 0) await assignments.apply(leadership, steps, signal);
  }

  #takeRoll({ machines, assignmentsOn }: ClusterView, now: number): void {
    for (const id of this.#missingSince.keys())
      if (machines.has(id) || !assignmentsOn.has(id)) this.#missingSince.delete(id);
    for (const id of assignmentsOn.keys()) {
      if (!machines.has(id) && !this.#missingSince.has(id)) this.#missingSince.set(id, now);
    }
  }
}

function ghostsOn(machineID: string, { assignmentsOn, units }: ClusterView): AssignmentStep[] {
  const there = [...(assignmentsOn.get(machineID)?.values() ?? [])];
  const global = there.filter(({ unit }) => units.get(unit)?.requirements.global);
  return global.map(({ unit, revision }) => ({
    writes: [{ action: "unassign", unit, machineID }],
    basis: [
      { assignment: unit, machineID, revision },
      { machine: machineID, joined: 0 },
    ],
  }));
}
