import { type Assignment, type AssignmentContent, contentOf, shortMachineID, type Unit } from "@flotilla/model";
import type { Decision } from "./decision.ts";
import { assign, basedOn, basedOnUnit } from "./writes.ts";

/**
 * Updates an assignment to the unit's present file, desired state, latest restart request and newest secrets. Returns no decision if
 * the assignment is up to date.
 */
export function decideOnContent(unit: Unit, assignment: Assignment, content = contentOf(unit)): Decision[] {
  const what: Part[] = [];
  const { digest, hash, desired, restart, secrets, exclusive } = content;
  if (assignment.digest !== digest || assignment.hash !== hash || assignment.exclusive !== exclusive) what.push("file");
  if (assignment.desired !== desired || assignment.stopping || assignment.leaving) what.push("desired");
  if (assignment.restart !== restart) what.push("restart");
  if (assignment.secrets !== secrets) what.push("secrets");
  if (!areEqual(assignment.needs, content.needs)) what.push("needs");
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
      writes: [assign(unit, machineID, assignment, content)],
      basis: [basedOnUnit(unit), basedOn(assignment)],
    },
  ];
}

type Part = "file" | "desired" | "restart" | "secrets" | "needs";

const wordings: Readonly<Record<Part, (desired: AssignmentContent["desired"]) => string>> = {
  file: () => "its unit file changed",
  desired: (desired) => `its desired state is ${desired}`,
  restart: () => "its restart was requested",
  secrets: () => "its secrets changed",
  needs: () => "the units that it depends on changed",
};

/** Most units need no other, and lists are made in one order. */
function areEqual(one: AssignmentContent["needs"], other: AssignmentContent["needs"]): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
