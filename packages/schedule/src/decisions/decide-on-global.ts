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
import { explainLosses, freshLosses, isHeldForLosses, lossesOf, MOST_LOSSES, noteLosses } from "../history/losses.ts";
import type { Plan } from "../incremental/plan.ts";
import type { Placement } from "../placement/placement.ts";
import { refusalInstead } from "../placement/refusal.ts";
import { decideOnContent } from "./decide-on-content.ts";
import { decideOnRefused, refused } from "./decide-on-refused.ts";
import type { Decision, Reason } from "./decision.ts";
import { noteLost } from "./note-lost.ts";
import { explainVerdict, reasonOf } from "./reason-sentence.ts";
import { assign, basedOn, basedOnMachine, basedOnUnit, unassign } from "./writes.ts";

/** The most losses that one write records. */
const NOTED_AT_ONCE = 10;

/** Decides on a global unit as a whole: whether no machine can take it, and which machines it may have taken down. */
export function decideOnGlobal(unit: Unit, plan: Plan): Decision[] {
  const { placement, moment } = plan;
  const lost = lossesToNote(unit, plan).slice(0, NOTED_AT_ONCE);
  const noted = lost.length > 0 ? [note(unit, lost, plan)] : [];
  if (!isHeldForLosses(unit, placement.snapshot, moment)) return [...noted, ...decideOnRefused(unit, plan)];
  const refusal = refusalInstead(explainLosses(unit, placement.snapshot, moment));
  return [...noted, refused(unit, refusal, placement)];
}

/**
 * More machines may have vanished together than the record keeps. Once losses hold the unit, no more are recorded,
 * because they would push one another out of the record forever.
 */
function lossesToNote(unit: Unit, { placement: { snapshot }, moment }: Plan): readonly Assignment[] {
  const lost = freshLosses(unit, snapshot, moment);
  if (lossesOf(unit, snapshot).length < MOST_LOSSES) return lost;
  return lost.filter(({ machineID }) => !isHeld(snapshot.attendance, machineID));
}

/** Machines that vanished together, as in a power cut, keep their places. The record spares the other machines. */
function note(unit: Unit, lost: readonly Assignment[], { placement: { snapshot }, moment }: Plan): Decision {
  const copies = lost.filter(({ machineID }) => !isHeld(snapshot.attendance, machineID));
  return noteLost(unit, lost, noteLosses(lost, unit, snapshot, moment), copies);
}

/**
 * A global unit has one assignment on every machine that may run it. It keeps the assignment on a machine that is away:
 * no other machine replaces it, and a machine that returns continues with it.
 * @param turn the machine whose copy restarts next, if a copy does.
 */
export function decideOnGlobalAt(
  unit: Unit,
  machineID: MachineID,
  plan: Plan,
  turn: MachineID | undefined,
): Decision | undefined {
  const { placement } = plan;
  const slot = placement.slotOf(machineID);
  if (!slot) return undefined;
  const assignment = placement.snapshot.assignments.get(unit.name)?.get(machineID);
  if (!placement.has(unit.name, slot)) return assignment && leaveMachine(unit, assignment, plan);
  if (isWithheld(unit, machineID, assignment, plan)) return undefined;
  if (!assignment || assignment.leaving) return placeOn(unit, slot.machine, assignment);
  const isAtOnce = unit.desired !== "launched" || assignment.hash !== unit.hash || turn === machineID;
  const { restart, secrets } = isAtOnce ? unit : assignment;
  return decideOnContent(unit, assignment, { ...contentOf(unit), restart, secrets })[0];
}

/** Whether the unit must not be started on the machine. A copy that already runs there is not affected. */
function isWithheld(unit: Unit, machineID: MachineID, present: Assignment | undefined, plan: Plan): boolean {
  if (unit.desired !== "launched") return false;
  const { withheld, placement } = plan;
  const { from } = withheld.get(unit.name) ?? { from: withheldFrom(unit, plan) };
  withheld.set(unit.name, { from });
  if (from !== true && from !== machineID) return false;
  const state = placement.snapshot.states.get(unit.name)?.get(machineID);
  return !present?.leaving || state?.hash !== unit.hash || !isStarted(state);
}

/**
 * A unit that may take its machine down is not started on every machine at once. One machine is spared until another
 * has survived the start, and all machines are spared once several have not survived it. Returns true for all machines.
 */
function withheldFrom(unit: Unit, { placement, moment }: Plan): MachineID | true | undefined {
  if (isHeldForLosses(unit, placement.snapshot, moment)) return true;
  return moment.onTrial.has(unit.name) ? sparedMachine(unit, placement) : undefined;
}

/** The machine that is spared: the leader's, which observes the others, else the machine with the highest ID. */
function sparedMachine(unit: Unit, placement: Placement): MachineID | undefined {
  const ids = placement.placesOf(unit.name).map(({ machine }) => machine.id);
  if (ids.length < 2) return undefined;
  const { leader } = placement.snapshot;
  return leader !== undefined && ids.includes(leader) ? leader : ids.reduce((a, b) => (a > b ? a : b));
}

function placeOn(unit: Unit, machine: Machine, present: Assignment | undefined): Decision {
  return {
    kind: "place",
    unit: unit.name,
    to: machine.id,
    reason: { code: "wanted", choice: { by: "global" } },
    sentence: `${unit.name} goes to machine ${shortMachineID(machine.id)}: it is global`,
    writes: [assign(unit, machine.id, present)],
    basis: [basedOnUnit(unit), basedOnMachine(machine), ...(present ? [basedOn(present)] : [])],
  };
}

function leaveMachine(unit: Unit, assignment: Assignment, plan: Plan): Decision {
  const { machineID } = assignment;
  const verdict = plan.verdictOn(unit.name, machineID);
  const reason: Reason = verdict ? reasonOf(verdict) : { code: "machine-gone" };
  const why = verdict ? explainVerdict(verdict, unit, machineID, plan.placement) : "the machine is gone";
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
