import type { ClusterSnapshot, MachineID, Unit } from "@flotilla/model";
import type { Arrangement } from "./arrange/arrangement.ts";
import type { Decision, Moment } from "./decision.ts";
import { LOOK } from "./effort.ts";
import { decideOnExclusive } from "./decide-on-exclusive.ts";
import { decideOnFailure } from "./decide-on-failure.ts";
import { decideOnGlobal, decideOnGlobalAt } from "./decide-on-global.ts";
import { decideOnUnit } from "./decide-on-unit.ts";
import { decideOnUnwanted } from "./decide-on-unwanted.ts";
import { type RestartTurn, restartTurn } from "./restart-turn.ts";

/** What has to change for every unit to be where the arrangement has it; worked out anew for who is concerned. */
export class Decisions {
  /** By unit. Of global units what is no matter of a single machine. */
  readonly #toWrite = new Map<string, Decision[]>();
  /** Of global units: by unit, then machine. */
  readonly #toWriteOn = new Map<string, Map<MachineID, Decision>>();
  readonly #refused = new Map<string, Decision>();
  /** Global units that were exclusive: all their places are one matter until they are stopped. */
  readonly #stopping = new Set<string>();
  /** Global units of which some copies have yet to restart. */
  readonly #restarting = new Map<string, RestartTurn>();

  /** Units that no machine can take, and why. */
  get refused(): ReadonlyMap<string, Decision> {
    return this.#refused;
  }

  /** Units for which something is to be written, or that are in between. */
  get pending(): Iterable<string> {
    return [...this.#toWrite.keys(), ...this.#stopping, ...this.#restarting.keys()];
  }

  /** Those that make room first, then those that come; of each kind sockets first. */
  inOrder(): readonly Decision[] {
    const places = [...this.#toWriteOn.values()].flatMap((byMachine) => [...byMachine.values()]);
    return [...[...this.#toWrite.values()].flat(), ...places].sort(inOrder);
  }

  /** All that is to be known of a unit may be another, on whatever machine. */
  revise(name: string, arrangement: Arrangement, moment: Moment): void {
    const { snapshot, global } = arrangement.plan;
    const decisions = arrangement.attempt(name, () => allOn(name, snapshot, arrangement, moment)) ?? [];
    this.#toWrite.delete(name);
    this.#refused.delete(name);
    for (const decision of decisions) {
      if (decision.kind === "unplaceable") this.#refused.set(name, decision);
      else append(this.#toWrite, name, decision);
    }
    const unit = global.get(name);
    const isStopping = unit !== undefined && isExclusive(unit, snapshot);
    if (!unit || isStopping) this.#toWriteOn.delete(name);
    if (isStopping) this.#stopping.add(name);
    else if (this.#stopping.delete(name)) this.reviseAllPlaces(name, arrangement);
    this.#reviseTurn(name, unit, arrangement);
  }

  #reviseTurn(name: string, unit: Unit | undefined, arrangement: Arrangement): void {
    const before = this.#restarting.get(name)?.next;
    const turn = unit && restartTurn(unit, arrangement.plan);
    if (turn) this.#restarting.set(name, turn);
    else this.#restarting.delete(name);
    for (const id of new Set([before, turn?.next])) if (id !== undefined) this.revisePlace(name, id, arrangement);
  }

  /** A global unit may have to come to a machine, to leave it, or to be another there. */
  revisePlace(name: string, machineID: MachineID, arrangement: Arrangement): void {
    const unit = arrangement.plan.global.get(name);
    if (!unit || this.#stopping.has(name)) return;
    arrangement.plan.effort.spend(LOOK / 5);
    const decision = decideOnGlobalAt(unit, machineID, arrangement, this.#restarting.get(name)?.next);
    const byMachine = this.#toWriteOn.get(name) ?? new Map<MachineID, Decision>();
    if (decision) this.#toWriteOn.set(name, byMachine.set(machineID, decision));
    else if (byMachine.delete(machineID) && byMachine.size === 0) this.#toWriteOn.delete(name);
  }

  reviseAllPlaces(name: string, arrangement: Arrangement): void {
    this.#toWriteOn.delete(name);
    const { plan } = arrangement;
    for (const { machine } of plan.placesOf(name)) this.revisePlace(name, machine.id, arrangement);
    for (const id of plan.snapshot.assignments.get(name)?.keys() ?? []) this.revisePlace(name, id, arrangement);
  }
}

/** Somebody may still repair a unit that cannot be read: until then it stays where it is. */
function allOn(name: string, snapshot: ClusterSnapshot, arrangement: Arrangement, moment: Moment): Decision[] {
  if (snapshot.unreadable.has(name)) return [];
  const decisions = decideOn(name, snapshot, arrangement, moment);
  // What stands of earlier attempts is replaced then, and one write of a key is all that a transaction takes.
  const isNoted = decisions.some(({ writes }) => writes.some(({ action }) => action === "note-attempts"));
  return isNoted ? decisions : [...decisions, ...decideOnFailure(name, snapshot, moment)];
}

function decideOn(name: string, snapshot: ClusterSnapshot, arrangement: Arrangement, moment: Moment): Decision[] {
  const unit = snapshot.units.get(name);
  // Of a unit that nobody can read it is not known what is wanted: its copies stay as they are.
  if (!unit) return snapshot.unreadable.has(name) ? [] : decideOnUnwanted(name, "destroyed", snapshot, moment);
  if (unit.desired === "inactive") return decideOnUnwanted(name, "inactive", snapshot, moment);
  if (isExclusive(unit, snapshot)) return decideOnExclusive(unit, arrangement, moment);
  return unit.requirements.global ? decideOnGlobal(unit, arrangement) : decideOnUnit(unit, arrangement, moment);
}

/**
 * One that was exclusive stays so until the assignments that say so are over: it may be made exclusive again while
 * a copy of before still stops, or runs on a machine that is away.
 */
function isExclusive({ name, requirements }: Unit, { assignments }: ClusterSnapshot): boolean {
  return (
    requirements.exclusive ||
    assignments
      .get(name)
      ?.values()
      .some(({ exclusive }) => exclusive) === true
  );
}

function append(lists: Map<string, Decision[]>, name: string, decision: Decision): void {
  const list = lists.get(name);
  if (list) list.push(decision);
  else lists.set(name, [decision]);
}

const ranks: Readonly<Record<Decision["kind"], number>> = {
  unplace: 0,
  settle: 1,
  move: 2,
  place: 3,
  update: 4,
  note: 5,
  forget: 6,
  unplaceable: 7,
};

function inOrder(a: Decision, b: Decision): number {
  return (
    ranks[a.kind] - ranks[b.kind] ||
    Number(isSocket(b)) - Number(isSocket(a)) ||
    compare(a.unit, b.unit) ||
    compare(machineIn(a), machineIn(b))
  );
}

/** Where not all fit into one transaction, a machine is to know of a socket before it starts the socket's service. */
function isSocket({ unit }: Decision): boolean {
  return unit.endsWith(".socket");
}

function machineIn(decision: Decision): string {
  switch (decision.kind) {
    case "place":
    case "move":
      return decision.to;
    case "unplace":
      return decision.from;
    case "update":
    case "settle":
    case "note":
      return decision.on;
    case "forget":
    case "unplaceable":
      return "";
    default:
      return decision satisfies never;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
