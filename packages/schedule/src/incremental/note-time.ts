import type { Moment } from "../history/moment.ts";
import type { Changes } from "./changes.ts";

/** Notes the changes that the passing of time alone has caused between two decisions. */
export function noteTime(before: Moment, now: Moment, changes: Changes): void {
  for (const machineID of new Set([...before.lastStarts.keys(), ...now.lastStarts.keys()]))
    if (before.lastStarts.get(machineID) !== now.lastStarts.get(machineID))
      changes.note({ kind: "machine", machineID });
  for (const field of ["gone", "overdue"] as const)
    for (const machineID of differing(before[field], now[field])) changes.note({ kind: "machine", machineID });
  for (const unit of differing(before.onTrial, now.onTrial)) changes.note({ kind: "unit", unit });
  for (const field of ["rested", "recovered", "steady"] as const)
    for (const unit of differing(before[field], now[field])) changes.note({ kind: "attempts", unit });
}

function differing(one: ReadonlySet<string>, other: ReadonlySet<string>): Iterable<string> {
  return one.symmetricDifference(other);
}
