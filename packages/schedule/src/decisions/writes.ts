import {
  type Assignment,
  type AssignmentContent,
  type AssignmentWrite,
  type Basis,
  contentOf,
  type Machine,
  type Unit,
} from "@flotilla/model";

/** @param present the unit's assignment to the machine, if there is one: it keeps its identity. */
export function assign(
  unit: Unit,
  machineID: string,
  present: Assignment | undefined,
  content = contentOf(unit),
): AssignmentWrite {
  const record = { ...content, leaving: false, stopping: false };
  return { action: "assign", unit: unit.name, machineID, record, ...(present && { since: present.since }) };
}

/** Makes the assignment a copy: a running unit may keep running until the unit is active elsewhere. */
export function leave(assignment: Assignment): AssignmentWrite {
  return rewrite(assignment, { leaving: true, stopping: false });
}

/**
 * Makes the machine stop the unit. The assignment stays until the machine has published that nothing is left of the
 * unit.
 */
export function stopFirst(assignment: Assignment): AssignmentWrite {
  return rewrite(assignment, { leaving: false, stopping: true });
}

function rewrite(
  { unit, machineID, digest, hash, desired, restart, secrets, exclusive, needs, since }: Assignment,
  order: { readonly leaving: boolean; readonly stopping: boolean },
): AssignmentWrite {
  const content: AssignmentContent = { digest, hash, desired, restart, secrets, exclusive, ...(needs && { needs }) };
  return { action: "assign", unit, machineID, record: { ...content, ...order }, since };
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

/** Makes the decision void if the machine returns meanwhile. */
export function basedOnAbsence(machineID: string): Basis {
  return { machine: machineID, joined: 0 };
}
