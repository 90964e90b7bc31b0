import type { MachineID } from "./machine.ts";
import type { Unit } from "./unit.ts";

/** A machine on which systemd has given up starting a unit. */
export interface FailedAttempt {
  readonly machineID: MachineID;
  /** The `since` of the assignment. Each assignment counts once. */
  readonly since: number;
  /** When the leader saw the failure, milliseconds since the epoch. Only for display. */
  readonly at: number;
  /** Why the start failed, as the machine reported it. */
  readonly reason: string;
  /** The machine left or was lost right after the leader had assigned it the start. */
  readonly lost?: boolean | undefined;
}

/** The failed attempts to run the unit's present version. */
export interface Attempts {
  /** The unit's revision. A change of the unit or of its desired state resets the attempts. */
  readonly unitRevision: number;
  /** The latest is last. */
  readonly failed: readonly FailedAttempt[];
}

/** The failed attempts that count for the unit's present version. */
export function attemptsOf(
  { name, revision }: Pick<Unit, "name" | "revision">,
  { attempts }: { readonly attempts: ReadonlyMap<string, Attempts> },
): readonly FailedAttempt[] {
  const known = attempts.get(name);
  return known?.unitRevision === revision ? known.failed : [];
}
