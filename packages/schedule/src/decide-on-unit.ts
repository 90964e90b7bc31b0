import { type Assignment, isStarted, type Machine, shortMachineID, type Unit } from "@flotilla/model";
import { type Arrangement, byAge } from "./arrange/arrangement.ts";
import { decideOnRefused } from "./decide-on-refused.ts";
import type { Choice, Decision, Moment, Reason } from "./decision.ts";
import type { FilterVerdict } from "./filter/filter.ts";
import {
  assign,
  basedOn,
  basedOnAbsence,
  basedOnMachine,
  basedOnUnit,
  decideOnContent,
  leave,
  unassign,
} from "./ground.ts";
import { isBlamed, lossAt, noteLosses } from "./losses.ts";
import { noteLost } from "./note-lost.ts";
import { explainChoice, explainVerdict } from "./reason-sentence.ts";

/** A unit that is to have one place: from where it is to where the arrangement has it. */
export function decideOnUnit(unit: Unit, arrangement: Arrangement, moment: Moment): Decision[] {
  const { plan } = arrangement;
  const present = plan.snapshot.assignments.get(unit.name);
  const to = plan.placesOf(unit.name)[0]?.machine;
  if (to && present?.size === 1) {
    const only = present.get(to.id);
    if (only && !only.leaving) return decideOnContent(unit, only);
  }
  const assignments = [...(present?.values() ?? [])].sort(byAge);
  return to ? settleOn(unit, to, assignments, arrangement, moment) : doWithout(unit, assignments, arrangement);
}

function settleOn(
  unit: Unit,
  to: Machine,
  assignments: readonly Assignment[],
  arrangement: Arrangement,
  moment: Moment,
): Decision[] {
  const there = assignments.find(({ machineID }) => machineID === to.id);
  const others = assignments.filter((assignment) => assignment !== there);
  const places = others.filter(({ leaving }) => !leaving);
  if (there && !there.leaving) {
    const superfluous = places.map((assignment) =>
      unplace(unit, assignment, { code: "placed-twice" }, "it has another place already"),
    );
    const copies = isUpIn(there, unit, arrangement, moment) ? others.filter(({ leaving }) => leaving) : [];
    return [...decideOnContent(unit, there), ...superfluous, ...copies.map((copy) => settleCopy(unit, there, copy))];
  }
  const [from, ...rest] = places;
  const superfluous = rest.map((assignment) =>
    unplace(unit, assignment, { code: "placed-twice" }, "it gets another place"),
  );
  return [from ? move(unit, from, to, there, arrangement) : place(unit, to, there, arrangement), ...superfluous];
}

function place(unit: Unit, to: Machine, there: Assignment | undefined, { choices }: Arrangement): Decision {
  const choice = choices.get(unit.name) ?? { by: "least-loaded", units: 0 };
  return {
    kind: "place",
    unit: unit.name,
    to: to.id,
    reason: { code: "wanted", choice },
    sentence: `${unit.name} goes to machine ${shortMachineID(to.id)}: ${explainChoice(choice)}`,
    writes: [assign(unit, to.id)],
    basis: [basedOnUnit(unit), basedOnMachine(to), ...(there ? [basedOn(there)] : [])],
  };
}

/** Off a machine that is lost the unit leaves a copy behind; off one that is there it goes at once. */
function move(
  unit: Unit,
  from: Assignment,
  to: Machine,
  there: Assignment | undefined,
  arrangement: Arrangement,
): Decision {
  const choice = arrangement.choices.get(unit.name) ?? { by: "least-loaded", units: 0 };
  const verdict = arrangement.verdictOn(unit.name, from.machineID);
  const away = !arrangement.plan.snapshot.machines.has(from.machineID);
  const failure = arrangement.failing.get(unit.name);
  const why = verdict
    ? explainVerdict(verdict, unit, from.machineID, arrangement.plan)
    : failure === undefined
      ? "the machine is away"
      : `it keeps failing there (${failure})`;
  return {
    kind: "move",
    unit: unit.name,
    from: from.machineID,
    to: to.id,
    reason: failure === undefined ? reasonFor(verdict, choice) : { code: "keeps-failing", choice },
    sentence: `${unit.name} moves from machine ${shortMachineID(from.machineID)} to ${shortMachineID(to.id)}: ${why}; ${explainChoice(choice)}`,
    writes: [
      // mutation: moved, not lost
      away ? leave(from) : unassign(from),
      assign(unit, to.id),
      ...noteLosses([from], unit, arrangement.plan.snapshot, arrangement.moment),
    ],
    basis: [
      basedOnUnit(unit),
      basedOn(from),
      basedOnMachine(to),
      ...(there ? [basedOn(there)] : []),
      ...(away ? [basedOnAbsence(from.machineID)] : []),
    ],
  };
}

function reasonFor(verdict: FilterVerdict | undefined, choice: Choice): Reason {
  if (!verdict) return { code: "machine-away", choice };
  return { code: "not-allowed", filter: verdict.filter.name, subject: verdict.rejection.subject, choice };
}

/** No machine can take it: a place on a machine that is away is kept for its return. */
function doWithout(unit: Unit, assignments: readonly Assignment[], arrangement: Arrangement): Decision[] {
  const { plan } = arrangement;
  const decisions = decideOnRefused(unit, arrangement);
  if (!arrangement.held.has(unit.name) && isBlamed(unit, plan.snapshot, arrangement.moment))
    return [...decisions, ...assignments.flatMap((assignment) => hold(unit, assignment, arrangement))];
  for (const assignment of assignments) {
    const verdict = arrangement.verdictOn(unit.name, assignment.machineID);
    const here = plan.snapshot.machines.has(assignment.machineID);
    if (lossAt(assignment, plan.snapshot, arrangement.moment) && !arrangement.held.has(unit.name))
      decisions.push(noteAt(unit, assignment, arrangement));
    else if (!here && !assignment.leaving) decisions.push(...decideOnContent(unit, assignment));
    else if (here && assignment.leaving)
      decisions.push(settle(unit, assignment, { code: "no-replacement" }, "it may not be there any more"));
    else if (here)
      decisions.push(unplace(unit, assignment, reasonToGo(verdict), whyToGo(verdict, unit, assignment, arrangement)));
  }
  return decisions;
}

/** A machine that comes back must not start it again; what runs there after all may run on. */
function hold(unit: Unit, assignment: Assignment, arrangement: Arrangement): Decision[] {
  if (assignment.leaving || arrangement.plan.snapshot.machines.has(assignment.machineID)) return [];
  return [noteAt(unit, assignment, arrangement)];
}

function noteAt(unit: Unit, assignment: Assignment, { plan: { snapshot }, moment }: Arrangement): Decision {
  return noteLost(unit, [assignment], noteLosses([assignment], unit, snapshot, moment));
}

function reasonToGo(verdict: FilterVerdict | undefined): Reason {
  return verdict
    ? { code: "not-allowed", filter: verdict.filter.name, subject: verdict.rejection.subject }
    : { code: "placed-twice" };
}

function whyToGo(
  verdict: FilterVerdict | undefined,
  unit: Unit,
  { machineID }: Assignment,
  { plan }: Arrangement,
): string {
  return verdict ? explainVerdict(verdict, unit, machineID, plan) : "it has another place already";
}

function unplace(unit: Unit, assignment: Assignment, reason: Reason, why: string): Decision {
  return {
    kind: "unplace",
    unit: unit.name,
    from: assignment.machineID,
    reason,
    sentence: `${unit.name} leaves machine ${shortMachineID(assignment.machineID)}: ${why}`,
    writes: [unassign(assignment)],
    basis: [basedOnUnit(unit), basedOn(assignment)],
  };
}

/** Copies on machines that were lost may go once the unit is up in its new place, and not only for a moment. */
function isUpIn({ machineID }: Assignment, unit: Unit, { plan }: Arrangement, { steady }: Moment): boolean {
  const state = plan.snapshot.states.get(unit.name)?.get(machineID);
  if (unit.desired !== "launched") return state?.load === "loaded";
  return state !== undefined && isStarted(state) && steady.has(unit.name);
}

function settleCopy(unit: Unit, place: Assignment, copy: Assignment): Decision {
  const why = `it is up on ${shortMachineID(place.machineID)}`;
  return settle(unit, copy, { code: "replacement-ready" }, why, [basedOn(place)]);
}

function settle(unit: Unit, copy: Assignment, reason: Reason, why: string, basis: Decision["basis"] = []): Decision {
  return {
    kind: "settle",
    unit: unit.name,
    on: copy.machineID,
    reason,
    sentence: `the copy of ${unit.name} on machine ${shortMachineID(copy.machineID)} is over: ${why}`,
    writes: [unassign(copy)],
    basis: [basedOnUnit(unit), basedOn(copy), ...basis],
  };
}
