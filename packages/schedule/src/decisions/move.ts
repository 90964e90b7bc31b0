import { type Assignment, type Machine, shortMachineID, type Unit } from "@flotilla/model";
import { noteLosses } from "../history/losses.ts";
import type { Going, Plan } from "../incremental/plan.ts";
import type { Choice } from "../placement/choice.ts";
import type { Verdict } from "../rules/rule.ts";
import type { Decision, Reason } from "./decision.ts";
import { explainChoice, explainVerdict, reasonOf } from "./reason-sentence.ts";
import { assign, basedOn, basedOnAbsence, basedOnMachine, basedOnUnit, leave, unassign } from "./writes.ts";

/** @param there the unit's copy on the machine, if there is one. */
export function place(unit: Unit, to: Machine, there: Assignment | undefined, { choices }: Plan): Decision {
  const choice = choices.get(unit.name) ?? { by: "least-loaded", units: 0 };
  return {
    kind: "place",
    unit: unit.name,
    to: to.id,
    reason: { code: "wanted", choice },
    sentence: `${unit.name} goes to machine ${shortMachineID(to.id)}: ${explainChoice(choice, unit)}`,
    writes: [assign(unit, to.id, there)],
    basis: [basedOnUnit(unit), basedOnMachine(to), ...(there ? [basedOn(there)] : [])],
  };
}

/**
 * Moves a unit. The assignment on a lost machine stays as a copy, and so does that of a unit which leaves a machine that
 * may keep it; otherwise the assignment on a present machine is removed at once.
 * @param there the unit's copy on the new machine, if there is one.
 */
export function move(unit: Unit, from: Assignment, to: Machine, there: Assignment | undefined, plan: Plan): Decision {
  const { snapshot } = plan.placement;
  const choice = plan.choices.get(unit.name) ?? { by: "least-loaded", units: 0 };
  const away = !snapshot.machines.has(from.machineID);
  const { reason, why } = reasonToMove(unit, from, choice, plan);
  return {
    kind: "move",
    unit: unit.name,
    from: from.machineID,
    to: to.id,
    reason,
    sentence: `${unit.name} moves from machine ${shortMachineID(from.machineID)} to ${shortMachineID(to.id)}: ${why}; ${explainChoice(choice, unit)}`,
    writes: [
      // mutation: moved, not lost
      away || isGraceful(unit, plan) ? leave(from) : unassign(from),
      assign(unit, to.id, there),
      ...noteLosses([from], unit, snapshot, plan.moment),
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

/** A timer or path is not left to run: it would start its unit on both machines. */
function isGraceful({ name }: Unit, { graceful }: Plan): boolean {
  return graceful.has(name) && !name.endsWith(".timer") && !name.endsWith(".path");
}

function reasonToMove(
  unit: Unit,
  { machineID }: Assignment,
  choice: Choice,
  plan: Plan,
): { readonly reason: Reason; readonly why: string } {
  const verdict = plan.verdictOn(unit.name, machineID);
  const failure = plan.failing.get(unit.name);
  const going = plan.graceful.get(unit.name);
  if (going) return { reason: { code: going.why, choice }, why: explainGoing(going) };
  const because = whyOf(verdict, failure, unit, machineID, plan);
  if (failure !== undefined) return { reason: { code: "keeps-failing", choice }, why: because };
  const reason: Reason = verdict ? { ...reasonOf(verdict), choice } : { code: "machine-away", choice };
  return { reason, why: because };
}

/** Why a unit leaves a machine that may keep it, as a clause. */
export function explainGoing({ why, reason }: Going): string {
  const what = why === "drained" ? "the machine is drained" : "an operator moves it";
  return reason === "" ? what : `${what} (${reason})`;
}

function whyOf(
  verdict: Verdict | undefined,
  failure: string | undefined,
  unit: Unit,
  machineID: string,
  { placement }: Plan,
): string {
  if (verdict) return explainVerdict(verdict, unit, machineID, placement);
  return failure === undefined ? "the machine is away" : `it keeps failing there (${failure})`;
}
