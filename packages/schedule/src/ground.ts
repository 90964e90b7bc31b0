import {
  type Assignment,
  type AssignmentContent,
  type AssignmentWrite,
  type Basis,
  contentOf,
  type Machine,
  shortMachineID,
  type Unit,
} from "@flotilla/model";
import type { Decision } from "./decision.ts";

export function assign(unit: Unit, machineID: string, content = contentOf(unit)): AssignmentWrite {
  return { action: "assign", unit: unit.name, machineID, record: { ...content, leaving: false, stopping: false } };
}

/** What runs there may run on until the unit is active elsewhere. */
export function leave({ unit, machineID, digest, hash, desired, restart, exclusive }: Assignment): AssignmentWrite {
  return {
    action: "assign",
    unit,
    machineID,
    record: { digest, hash, desired, restart, exclusive, leaving: true, stopping: false },
  };
}

/** The machine keeps the assignment until it has said that nothing is left of the unit. */
export function stopFirst({ unit, machineID, digest, hash, desired, restart, exclusive }: Assignment): AssignmentWrite {
  return {
    action: "assign",
    unit,
    machineID,
    record: { digest, hash, desired, restart, exclusive, leaving: false, stopping: true },
  };
}

export function unassign({ unit, machineID }: Assignment): AssignmentWrite {
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

/**
 * The same place with the unit's present file and desired state, and the latest request to restart it, if those
 * there are others.
 */
export function decideOnContent(unit: Unit, assignment: Assignment, content = contentOf(unit)): Decision[] {
  const what: Change[] = [];
  const { digest, hash, desired, restart, exclusive } = content;
  if (assignment.digest !== digest || assignment.hash !== hash || assignment.exclusive !== exclusive) what.push("file");
  if (assignment.desired !== desired || assignment.stopping || assignment.leaving) what.push("desired");
  if (assignment.restart !== restart) what.push("restart");
  if (what.length === 0) return [];
  const { machineID } = assignment;
  const changes = what.map((part) => wordings[part](desired));
  return [
    {
      kind: "update",
      unit: unit.name,
      on: machineID,
      reason: { code: "changed", what },
      sentence: `${unit.name} stays on machine ${shortMachineID(machineID)}: ${changes.join(", and ")}`,
      writes: [assign(unit, machineID, content)],
      basis: [basedOnUnit(unit), basedOn(assignment)],
    },
  ];
}

type Change = "file" | "desired" | "restart";

const wordings: Readonly<Record<Change, (desired: AssignmentContent["desired"]) => string>> = {
  file: () => "its unit file changed",
  desired: (desired) => `it is to be ${desired}`,
  restart: () => "its restart was asked for",
};
