import {
  type Assignment,
  contentOf,
  isHeld,
  isStarted,
  type Machine,
  type MachineID,
  shortMachineID,
  type Unit,
} from "@flotilla/model";
import type { Arrangement } from "./arrange/arrangement.ts";
import type { Decision, Reason } from "./decision.ts";
import { assign, basedOn, basedOnMachine, basedOnUnit, decideOnContent, unassign } from "./ground.ts";
import { decideOnRefused, refused } from "./decide-on-refused.ts";
import { explainLosses, freshLosses, isBlamed, lossesOf, MOST_LOSSES, noteLosses } from "./losses.ts";
import { noteLost } from "./note-lost.ts";
import type { Plan } from "./plan/plan.ts";
import { explainVerdict } from "./reason-sentence.ts";

/** Losses that are put on record in one write. */
const NOTED_AT_ONCE = 10;

/** What is no matter of one machine alone: that there is none for a global unit, and which ones it may have taken down. */
export function decideOnGlobal(unit: Unit, arrangement: Arrangement): Decision[] {
  const { plan, moment } = arrangement;
  const lost = lossesToNote(unit, arrangement).slice(0, NOTED_AT_ONCE);
  const noted = lost.length > 0 ? [note(unit, lost, arrangement)] : [];
  if (!isBlamed(unit, plan.snapshot, moment)) return [...noted, ...decideOnRefused(unit, arrangement)];
  const refusal = { groups: [], others: 0, instead: explainLosses(unit, plan.snapshot, moment) };
  return [...noted, refused(unit, refusal, plan)];
}

/**
 * Of machines that vanished together there may be more than are kept on record: once the unit is held, they would push
 * one another out of it for ever.
 */
function lossesToNote(unit: Unit, { plan: { snapshot }, moment }: Arrangement): readonly Assignment[] {
  const lost = freshLosses(unit, snapshot, moment);
  if (lossesOf(unit, snapshot).length < MOST_LOSSES) return lost;
  return lost.filter(({ machineID }) => !isHeld(snapshot.attendance, machineID));
}

/** Of machines that vanished together, as at a power cut, no place is given up; what is on record spares the others. */
function note(unit: Unit, lost: readonly Assignment[], { plan: { snapshot }, moment }: Arrangement): Decision {
  const given = lost.filter(({ machineID }) => !isHeld(snapshot.attendance, machineID));
  return noteLost(unit, lost, noteLosses(lost, unit, snapshot, moment), given);
}

/**
 * A global unit has one assignment on every machine that may have it. On a machine that is away it keeps
 * the one that it has: nothing takes its place elsewhere, and a machine that comes back goes on with it.
 * @param turn the machine whose copy restarts next, if one is to.
 */
export function decideOnGlobalAt(
  unit: Unit,
  machineID: MachineID,
  arrangement: Arrangement,
  turn: MachineID | undefined,
): Decision | undefined {
  const { plan } = arrangement;
  const room = plan.roomOf(machineID);
  if (!room) return undefined;
  const assignment = plan.snapshot.assignments.get(unit.name)?.get(machineID);
  if (!plan.has(unit.name, room)) return assignment && leaveMachine(unit, assignment, arrangement);
  if (isWithheld(unit, machineID, assignment, arrangement)) return undefined;
  if (!assignment || assignment.leaving) return placeOn(unit, room.machine, assignment);
  const isAtOnce = unit.desired !== "launched" || assignment.hash !== unit.hash || turn === machineID;
  const restart = isAtOnce ? unit.restart : assignment.restart;
  return decideOnContent(unit, assignment, { ...contentOf(unit), restart })[0];
}

/** What runs already runs on, also where it is not to be started. */
function isWithheld(
  unit: Unit,
  machineID: MachineID,
  present: Assignment | undefined,
  arrangement: Arrangement,
): boolean {
  if (unit.desired !== "launched") return false;
  const { withheld, plan } = arrangement;
  const { from } = withheld.get(unit.name) ?? { from: withheldFrom(unit, arrangement) };
  withheld.set(unit.name, { from });
  if (from !== true && from !== machineID) return false;
  const state = plan.snapshot.states.get(unit.name)?.get(machineID);
  return !present?.leaving || state?.hash !== unit.hash || !isStarted(state);
}

/**
 * A unit that may take its machine down is not started on every machine at once: one is spared until another has
 * outlived the start, and all are once some have not.
 */
function withheldFrom(unit: Unit, { plan, moment }: Arrangement): MachineID | true | undefined {
  if (isBlamed(unit, plan.snapshot, moment)) return true;
  return moment.onTrial.has(unit.name) ? spared(unit, plan) : undefined;
}

/** The leader's machine, which sees what becomes of the others; else the one with the highest ID. */
function spared(unit: Unit, plan: Plan): MachineID | undefined {
  const ids = plan.placesOf(unit.name).map(({ machine }) => machine.id);
  if (ids.length < 2) return undefined;
  const { leader } = plan.snapshot;
  return leader !== undefined && ids.includes(leader) ? leader : ids.reduce((a, b) => (a > b ? a : b));
}

function placeOn(unit: Unit, machine: Machine, present: Assignment | undefined): Decision {
  return {
    kind: "place",
    unit: unit.name,
    to: machine.id,
    reason: { code: "wanted", choice: { by: "global" } },
    sentence: `${unit.name} goes to machine ${shortMachineID(machine.id)}: it is global`,
    writes: [assign(unit, machine.id)],
    basis: [basedOnUnit(unit), basedOnMachine(machine), ...(present ? [basedOn(present)] : [])],
  };
}

function leaveMachine(unit: Unit, assignment: Assignment, arrangement: Arrangement): Decision {
  const { machineID } = assignment;
  const verdict = arrangement.verdictOn(unit.name, machineID);
  const reason: Reason = verdict
    ? { code: "not-allowed", filter: verdict.filter.name, subject: verdict.rejection.subject }
    : { code: "machine-gone" };
  const why = verdict ? explainVerdict(verdict, unit, machineID, arrangement.plan) : "the machine is gone";
  return {
    kind: "unplace",
    unit: unit.name,
    from: machineID,
    reason,
    sentence: `${unit.name} leaves machine ${shortMachineID(machineID)}: ${why}`,
    writes: [unassign(assignment)],
    basis: [basedOnUnit(unit), basedOn(assignment)],
  };
}
