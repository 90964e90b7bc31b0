import type { MachineID } from "./machine.ts";
import type { Unit } from "./unit.ts";

/** A machine on which systemd has started a unit as often as it may, in vain. */
export interface FailedAttempt {
  readonly machineID: MachineID;
  /** The assignment's `since`: each counts once. */
  readonly since: number;
  /** When the leader saw it, milliseconds since the epoch: for people. */
  readonly at: number;
  /** In the words of the unit's machine. */
  readonly reason: string;
  /** The machine left or was lost right after it had been asked to start the unit. */
  readonly lost?: boolean | undefined;
}

/** The failed attempts to run a unit as it is wanted now. */
export interface Attempts {
  /** The unit's revision: whoever changes the unit, or what is wanted of it, begins anew. */
  readonly unitRevision: number;
  /** The latest is last. */
  readonly failed: readonly FailedAttempt[];
}

/** The failed attempts that count for the unit as it is wanted now. */
export function attemptsOf(
  { name, revision }: Pick<Unit, "name" | "revision">,
  { attempts }: { readonly attempts: ReadonlyMap<string, Attempts> },
): readonly FailedAttempt[] {
  const known = attempts.get(name);
  return known?.unitRevision === revision ? known.failed : [];
}
