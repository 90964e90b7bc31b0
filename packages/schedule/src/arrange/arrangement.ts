import {
  type Assignment,
  type ClusterSnapshot,
  EMPTY_ATTENDANCE,
  isHeld,
  type MachineID,
  type Attendance,
  type Unit,
} from "@flotilla/model";
import { type Choice, type Moment, NO_TIME } from "../decision.ts";
import type { Steps } from "../effort.ts";
import type { FilterVerdict } from "../filter/filter.ts";
import { machineOfFilter } from "../filter/machine-of.ts";
import { replacedFilter } from "../filter/replaced.ts";
import { triggeredByFilter } from "../filter/triggered-by.ts";
import { Plan } from "../plan/plan.ts";
import type { Room } from "../plan/room.ts";
import type { Refusal } from "../refusal.ts";

/**
 * Where every unit is to be, and what led to it. It moves as little as possible: first every unit that may stay where
 * it is stays, then units take the places of those that they replace, then those that keep failing go where they may
 * do better, then the rest is placed.
 *
 * Staying is a matter of one machine and those who are on it. Whatever is not so yet in the assignments is
 * provisional: the next time it is worked out anew.
 */
export class Arrangement {
  readonly plan: Plan;
  /** Units that are not global and have no place. */
  readonly homeless = new Map<string, Unit>();
  /** Those of them that a place is to be looked for; for the others there was none, and nothing has changed for them. */
  readonly awake = new Set<string>();
  /** Units that no machine can take. */
  readonly refusals = new Map<string, Refusal>();
  /** Those that machines would take, were it not for other units. */
  readonly crowdedOut = new Map<string, Unit>();
  /** Units that stay on a machine which is away, because many are: by unit, the machine. */
  readonly held = new Map<string, MachineID>();
  /** Units that fail where they are, while a copy that was left to run still runs on a machine that is back. */
  readonly outdone = new Set<string>();
  /** Units that go elsewhere because they keep failing where they are, with what their machine says of it. */
  readonly failing = new Map<string, string>();
  /** Units that could not be decided on, by what was thrown: they keep the place that they have, and get no other. */
  readonly setAside = new Map<string, unknown>();
  /** Why a unit that was given a new place got that one. */
  readonly choices = new Map<string, Choice>();
  /** Where something is otherwise than the assignments say. */
  readonly provisional = new Set<Room>();
  /** Who is there that was put there last: those that were looked at before have not seen it. */
  readonly newcomers: Unit[] = [];
  /** Machines whose company has been looked at, or has changed, in this pass. */
  readonly touched = new Set<Room>();
  /** Units whose decisions are to be worked out again after this pass, beside those that were given a new place. */
  readonly concerned = new Set<string>();
  /** Of global units that were asked about in this pass, the machine on which they are not to be started; true for all. */
  readonly withheld = new Map<string, { readonly from: MachineID | true | undefined }>();
  moment: Moment = NO_TIME;
  #attendance: Attendance = EMPTY_ATTENDANCE;
  /** What the attendance says of machines that were asked about. */
  readonly #onHold = new Map<MachineID, boolean>();

  constructor(snapshot: ClusterSnapshot) {
    this.plan = new Plan(snapshot);
  }

  /** Begins a pass over what has changed. */
  begin(snapshot: ClusterSnapshot, moment: Moment): void {
    this.plan.snapshot = snapshot;
    this.moment = moment;
    this.#takeInAttendance(snapshot.attendance);
    this.failing.clear();
    this.choices.clear();
    this.touched.clear();
    this.concerned.clear();
    this.withheld.clear();
  }

  /** Runs what is decided on one unit. What it throws sets the unit aside, and the others are decided on. */
  attempt<T>(unit: string, run: () => T): T | undefined {
    const { effort } = this.plan;
    effort.beginUnit();
    try {
      return run();
    } catch (error) {
      return this.#putAside(unit, error);
    } finally {
      effort.endUnit();
    }
  }

  /** The same in steps. */
  *attemptInSteps<T>(unit: string, run: () => Steps<T>): Steps<T | undefined> {
    const { effort } = this.plan;
    effort.beginUnit();
    try {
      return yield* run();
    } catch (error) {
      return this.#putAside(unit, error);
    } finally {
      effort.endUnit();
    }
  }

  #putAside(unit: string, error: unknown): undefined {
    this.setAside.set(unit, error);
    this.concerned.add(unit);
  }

  verdictOn(unit: string, machineID: MachineID): FilterVerdict | undefined {
    return this.plan.roomOf(machineID)?.ousted.get(unit);
  }

  settleOn(unit: Unit, room: Room, choice: Choice): void {
    this.choices.set(unit.name, choice);
    this.plan.put(unit, room);
    this.newcomers.push(unit);
    this.#disturb(room);
    this.homeless.delete(unit.name);
  }

  /** A global unit comes to a machine. */
  spreadTo(unit: Unit, room: Room): void {
    this.plan.put(unit, room);
    this.newcomers.push(unit);
    this.#disturb(room);
  }

  oustReplaced(unit: Unit, room: Room): void {
    for (const other of [...this.plan.relations.replacedBy(unit.name)].sort()) {
      if (this.plan.has(other, room))
        this.oust(other, room, { filter: replacedFilter, rejection: { subject: unit.name } });
    }
  }

  /** Takes a unit's place away again, and with it the place of those that follow it. */
  oust(name: string, room: Room, verdict: FilterVerdict | undefined): void {
    // A stack of its own, for a chain of followers may be as long as there are units.
    const stack = [{ name, verdict }];
    for (let next = stack.pop(); next; next = stack.pop()) {
      const unit = this.plan.wanted.get(next.name);
      if (!unit || !this.plan.has(unit.name, room)) continue;
      this.plan.remove(unit);
      this.makeHomeless(unit);
      this.concerned.add(unit.name);
      if (next.verdict) room.ousted.set(unit.name, next.verdict);
      for (const follower of this.plan.relations.followersOf(unit.name).toReversed()) {
        const isTrigger = this.plan.relations.leadersOf(follower).includes(unit.name);
        const filter = isTrigger ? triggeredByFilter : machineOfFilter;
        stack.push({ name: follower, verdict: { filter, rejection: { subject: unit.name } } });
      }
    }
  }

  /** A unit is to go elsewhere, and those that follow it with it. */
  leave(unit: Unit, room: Room): void {
    this.oust(unit.name, room, undefined);
    this.#disturb(room);
  }

  makeHomeless(unit: Unit): void {
    this.homeless.set(unit.name, unit);
    this.awake.add(unit.name);
  }

  /** It has a place, or is to have none. */
  settled(name: string): void {
    this.homeless.delete(name);
    this.awake.delete(name);
    this.forgetAnswer(name);
  }

  /** What came of looking for a place before counts no more. */
  forgetAnswer(name: string): void {
    this.refusals.delete(name);
    this.crowdedOut.delete(name);
    this.held.delete(name);
    this.setAside.delete(name);
  }

  /** The machine, which is away, that a unit stays on for now. */
  heldOn({ name, requirements }: Unit): MachineID | undefined {
    const places = this.plan.snapshot.assignments.get(name);
    if (!places) return undefined;
    const away = inOrder(places.values()).filter(({ machineID }) => !this.plan.roomOf(machineID));
    const isKept = ({ machineID }: Assignment): boolean =>
      this.#isOnHold(machineID) || (requirements.exclusive && !this.moment.gone.has(machineID));
    return away.find(isKept)?.machineID;
  }

  byDepth(a: Unit, b: Unit): number {
    const left = this.plan.relations.depth(a.name);
    const right = this.plan.relations.depth(b.name);
    return left === right ? 0 : left - right;
  }

  /** The attendance names all machines, and is a new object each time that one comes or goes. */
  #takeInAttendance(attendance: Attendance): void {
    if (attendance === this.#attendance) return;
    const before = this.#attendance;
    this.#attendance = attendance;
    if (JSON.stringify([before.hold, before.awaited]) === JSON.stringify([attendance.hold, attendance.awaited])) return;
    this.#onHold.clear();
    for (const name of this.homeless.keys()) this.awake.add(name);
  }

  #isOnHold(machineID: MachineID): boolean {
    const known = this.#onHold.get(machineID) ?? isHeld(this.#attendance, machineID);
    this.#onHold.set(machineID, known);
    return known;
  }

  #disturb(room: Room): void {
    if (this.provisional.has(room)) return;
    this.provisional.add(room);
    this.touched.add(room);
  }
}

export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

/** The assignments that count, the longest standing first, and last those that are to stop. */
export function inOrder(assignments: Iterable<Assignment>): readonly Assignment[] {
  const staying = [...assignments].filter(({ leaving }) => !leaving);
  return staying.length < 2 ? staying : staying.sort((a, b) => Number(a.stopping) - Number(b.stopping) || byAge(a, b));
}

export function byAge(a: Assignment, b: Assignment): number {
  return a.since - b.since || (a.machineID < b.machineID ? -1 : 1);
}
