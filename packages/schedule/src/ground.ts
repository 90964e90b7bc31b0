import type { Assignment, Machine, Unit } from "@flotilla/model";
import type { Basis, Content, Decision, Write } from "./decision.ts";
import { shortID } from "./wording.ts";

export function contentOf({ digest, hash, desired, requirements: { exclusive } }: Unit): Content {
  return { digest, hash, desired: desired === "launched" ? "launched" : "loaded", exclusive };
}

export function assign(unit: Unit, machineID: string): Write {
  return {
    action: "assign",
    unit: unit.name,
    machineID,
    record: { ...contentOf(unit), leaving: false, stopping: false },
  };
}

/** What runs there may run on until the unit is active elsewhere. */
export function leave({ unit, machineID, digest, hash, desired, exclusive }: Assignment): Write {
  return {
    action: "assign",
    unit,
    machineID,
    record: { digest, hash, desired, exclusive, leaving: true, stopping: false },
  };
}

/** The machine keeps the assignment until it has said that nothing is left of the unit. */
export function stopFirst({ unit, machineID, digest, hash, desired, exclusive }: Assignment): Write {
  return {
    action: "assign",
    unit,
    machineID,
    record: { digest, hash, desired, exclusive, leaving: false, stopping: true },
  };
}

export function unassign({ unit, machineID }: Assignment): Write {
  return { action: "unassign", unit, machineID };
}

export function basedOn({ unit, machineID, revision }: Assignment): Basis {
  return { assignment: unit, machineID, revision };
}

export function basedOnUnit({ name, revision }: Unit): Basis {
  return { unit: name, revision };
}

export function basedOnMachine({ id, joined }: Machine): Basis {
  return { machine: id, joined };
}

/** What came back meanwhile is not lost any more. */
export function basedOnAbsence(machineID: string): Basis {
  return { machine: machineID, joined: 0 };
}

/** The same place with the unit's present file and desired state, if those there are others. */
export function decideOnContent(unit: Unit, assignment: Assignment): Decision[] {
  const what: ("file" | "desired")[] = [];
  const { digest, hash, desired, exclusive } = contentOf(unit);
  if (assignment.digest !== digest || assignment.hash !== hash || assignment.exclusive !== exclusive) what.push("file");
  if (assignment.desired !== desired || assignment.stopping || assignment.leaving) what.push("desired");
  if (what.length === 0) return [];
  const changes = what.map((part) => (part === "file" ? "its unit file changed" : `it is to be ${desired}`));
  return [
    {
      kind: "update",
      unit: unit.name,
      on: assignment.machineID,
      reason: { code: "changed", what },
      sentence: `${unit.name} stays on machine ${shortID(assignment.machineID)}: ${changes.join(", and ")}`,
      writes: [assign(unit, assignment.machineID)],
      basis: [basedOnUnit(unit), basedOn(assignment)],
    },
  ];
}
