import {
  type Assignment,
  type Attendance,
  type ClusterSnapshot,
  EMPTY_ATTENDANCE,
  isHeld,
  type MachineID,
  type Unit,
} from "@flotilla/model";
import type { Strategy } from "@flotilla/unit";
import type { Steps } from "../effort.ts";
import { type Moment, NO_TIME } from "../history/moment.ts";
import type { Choice } from "../placement/choice.ts";
import { Placement } from "../placement/placement.ts";
import type { Refusal } from "../placement/refusal.ts";
import type { BlockingRule, RuleSet } from "../placement/rule-set.ts";
import type { Slot } from "../placement/slot.ts";
import type { Verdict } from "../rules/rule.ts";
import { choiceOf } from "./choice-of.ts";
import { inOrder } from "./order.ts";
import { CAREFUL, type Pace } from "./pace.ts";

/** Why a unit moves although its machine is present and may keep the unit: its copy runs until the unit is up again. */
export interface Going {
  readonly why: "drained" | "requested";
  /** The operator's reason; may be empty. */
  readonly reason: string;
}

/** Why a unit stays on a machine that is drained. */
export interface Staying {
  readonly unit: string;
  readonly on: MachineID;
  readonly why: readonly string[];
  /** It leaves once others have moved. */
  readonly waits: boolean;
}

/**
 * The planned place of every unit, and the reasons. A plan moves as little as possible: first each unit that may stay
 * stays, then units take the place of those that they replace, then units that keep failing go to a better machine,
 * then the other units are placed.
 *
 * Whether a unit stays depends only on its machine and the units there. A slot that differs from the assignments is
 * provisional: the next pass decides on it again.
 */
export class Plan {
  readonly placement: Placement;
  /** Units that have no place, without global units. */
  readonly unplaced = new Map<string, Unit>();
  /** Unplaced units to find a place for. No machine was found for the others, and nothing has changed for them. */
  readonly toRetry = new Set<string>();
  /** Units that no machine can take. */
  readonly refusals = new Map<string, Refusal>();
  /** Refused units whose refusal depends on which other units are where, with the rules that make it depend on them. */
  readonly blocked = new Map<string, { readonly unit: Unit; readonly rules: readonly BlockingRule[] }>();
  /** Units that stay on a machine that is away. */
  readonly held = new Map<string, MachineID>();
  /** Units that fail in their place while a copy runs on a machine that has returned. */
  readonly failingBesideCopy = new Set<string>();
  /** Units that move because they keep failing, with the reason that their machine reports. */
  readonly failing = new Map<string, string>();
  /** Units that leave a present machine in this pass while their copy runs on. */
  readonly graceful = new Map<string, Going>();
  /** Units that stay for now on a machine that is drained. */
  readonly staying = new Map<string, Staying>();
  /** Units that an operator moves, and that are still where they are to leave. */
  readonly requested = new Set<string>();
  /** The machines that are drained. */
  readonly draining = new Set<Slot>();
  /** Units that go to a machine once others have left, and their followers: nothing is written about them until then. */
  readonly waiting = new Set<string>();
  /** Units on which the scheduler failed, with the error. They keep their place and get no other. */
  readonly setAside = new Map<string, unknown>();
  /** Why a unit got its new place in this pass. */
  readonly choices = new Map<string, Choice>();
  /** Slots that differ from the assignments. */
  readonly provisional = new Set<Slot>();
  /** Units placed during the last pass after other units had been checked against the slot. */
  readonly arrivals: Unit[] = [];
  /** Slots that were decided on again, or have changed, in this pass. */
  readonly changedSlots = new Set<Slot>();
  /** Units to decide on after this pass, beside those that got a new place. */
  readonly affected = new Set<string>();
  /**
   * For each global unit that this pass has examined, the machine on which the unit must not be started; true for all
   * machines.
   */
  readonly withheld = new Map<string, { readonly from: MachineID | true | undefined }>();
  moment: Moment = NO_TIME;
  pace: Pace = CAREFUL;
  #attendance: Attendance = EMPTY_ATTENDANCE;
  /** For machines asked about: whether the attendance holds the machine. */
  readonly #onHold = new Map<MachineID, boolean>();

  /** @param strategy the cluster's, for units without their own. */
  constructor(rules: RuleSet, snapshot: ClusterSnapshot, strategy: Strategy) {
    this.placement = new Placement(rules, snapshot, strategy);
  }

  /** Begins a pass over the changes. */
  begin(snapshot: ClusterSnapshot, moment: Moment): void {
    this.placement.snapshot = snapshot;
    this.moment = moment;
    this.#takeInAttendance(snapshot.attendance);
    this.failing.clear();
    this.graceful.clear();
    this.staying.clear();
    this.waiting.clear();
    this.choices.clear();
    this.changedSlots.clear();
    this.affected.clear();
    this.withheld.clear();
  }

  /** Runs a computation about one unit. An error sets the unit aside, so that the other units are still decided on. */
  isolate<T>(unit: string, run: () => T): T | undefined {
    const { effort } = this.placement;
    effort.beginUnit();
    try {
      return run();
    } catch (error) {
      return this.#putAside(unit, error);
    } finally {
      effort.endUnit();
    }
  }

  /** Like `isolate`, in steps. */
  *isolateSteps<T>(unit: string, run: () => Steps<T>): Steps<T | undefined> {
    const { effort } = this.placement;
    effort.beginUnit();
    try {
      return yield* run();
    } catch (error) {
      return this.#putAside(unit, error);
    } finally {
      effort.endUnit();
    }
  }

  /** Why a unit may not stay on a machine. */
  verdictOn(unit: string, machineID: MachineID): Verdict | undefined {
    return this.placement.slotOf(machineID)?.evicted.get(unit);
  }

  placeOn(unit: Unit, slot: Slot, choice: Choice): void {
    this.choices.set(unit.name, choice);
    if (
      this.waiting.size > 0 &&
      this.placement.links.anchorsOf(unit.name).some(({ anchor }) => this.waiting.has(anchor))
    )
      this.waiting.add(unit.name);
    this.addTo(unit, slot);
    this.unplaced.delete(unit.name);
  }

  /** Puts a unit into a slot, which differs from the assignments from then on. */
  addTo(unit: Unit, slot: Slot): void {
    this.placement.put(unit, slot);
    this.arrivals.push(unit);
    this.#makeProvisional(slot);
  }

  /** Moves units that must stay together, anchors first, from one machine to another that can take them. */
  moveTogether(units: readonly Unit[], from: Slot, to: Slot, going: Going): void {
    for (const unit of units) this.placement.remove(unit, from);
    this.#makeProvisional(from);
    for (const unit of units) {
      this.graceful.set(unit.name, going);
      this.placeOn(unit, to, choiceOf(unit, to, this.placement));
    }
  }

  /** Removes a unit and its followers from a machine, so that the unit can go elsewhere. */
  takeOff(unit: Unit, slot: Slot): void {
    this.evict(unit.name, slot);
    this.#makeProvisional(slot);
  }

  evictReplaced(unit: Unit, slot: Slot): void {
    const { links, rules } = this.placement;
    const [rule] = rules.replacing;
    if (!rule) return;
    for (const other of [...links.replacedBy(unit.name)].sort()) {
      if (this.placement.has(other, slot)) this.evict(other, slot, { rule, rejection: { subject: unit.name } });
    }
  }

  /** Evicts a unit and its followers, and returns them. */
  evict(name: string, slot: Slot, verdict?: Verdict): readonly Unit[] {
    const evicted: Unit[] = [];
    const { wanted, links } = this.placement;
    // An explicit stack instead of recursion: a chain of followers may be as long as there are units.
    const stack = [{ name, verdict }];
    for (let next = stack.pop(); next; next = stack.pop()) {
      const unit = wanted.get(next.name);
      if (!unit || !this.placement.has(unit.name, slot)) continue;
      this.placement.remove(unit, slot);
      evicted.push(unit);
      if (!unit.requirements.global) this.markUnplaced(unit);
      if (next.verdict) slot.evicted.set(unit.name, next.verdict);
      for (const follower of links.followersOf(unit.name).toReversed()) {
        const rule = links.ruleBetween(follower, unit.name);
        stack.push({ name: follower, verdict: rule && { rule, rejection: { subject: unit.name } } });
      }
    }
    return evicted;
  }

  markUnplaced(unit: Unit): void {
    this.unplaced.set(unit.name, unit);
    this.toRetry.add(unit.name);
  }

  /** Notes that the unit has a place, or needs none. */
  unmarkUnplaced(name: string): void {
    this.unplaced.delete(name);
    this.toRetry.delete(name);
    this.#forgetSearch(name);
  }

  /** Whether an unplaced unit may evict others, so that any other unit may get a place in this pass. */
  get mayPreempt(): boolean {
    for (const unit of this.unplaced.values()) if (this.placement.rules.preempts(unit)) return true;
    return false;
  }

  retryAll(): void {
    for (const name of this.unplaced.keys()) this.toRetry.add(name);
  }

  retryIfUnplaced(name: string): void {
    if (this.unplaced.has(name)) this.toRetry.add(name);
  }

  /** Forgets what came of the last search for a place, and the error if there was one. */
  forgetOutcome(name: string): void {
    this.#forgetSearch(name);
    this.setAside.delete(name);
  }

  /** Records that no machine can take the unit. */
  refuse(unit: Unit, refusal: Refusal): void {
    this.affected.add(unit.name);
    this.refusals.set(unit.name, refusal);
    const rules = this.placement.rules.blockingUpTo(refusal.rules);
    if (rules.length > 0) this.blocked.set(unit.name, { unit, rules });
  }

  /** The machine, which is away, on which a unit stays for now. */
  machineHeldOn({ name, requirements }: Unit): MachineID | undefined {
    const places = this.placement.snapshot.assignments.get(name);
    if (!places) return undefined;
    const away = inOrder(places.values()).filter(({ machineID }) => !this.placement.slotOf(machineID));
    const isKept = ({ machineID }: Assignment): boolean =>
      this.#isOnHold(machineID) ||
      requirements.neverMoves ||
      (requirements.exclusive && !this.moment.gone.has(machineID));
    return away.find(isKept)?.machineID;
  }

  /** A unit may be set aside in its place, so the error stays. */
  #forgetSearch(name: string): void {
    this.refusals.delete(name);
    this.blocked.delete(name);
    this.held.delete(name);
  }

  #putAside(unit: string, error: unknown): undefined {
    this.setAside.set(unit, error);
    this.affected.add(unit);
  }

  /** The attendance names all machines, and is a new object each time that a machine joins or leaves. */
  #takeInAttendance(attendance: Attendance): void {
    if (attendance === this.#attendance) return;
    const before = this.#attendance;
    this.#attendance = attendance;
    if (JSON.stringify([before.hold, before.awaited]) === JSON.stringify([attendance.hold, attendance.awaited])) return;
    this.#onHold.clear();
    this.retryAll();
  }

  #isOnHold(machineID: MachineID): boolean {
    const known = this.#onHold.get(machineID) ?? isHeld(this.#attendance, machineID);
    this.#onHold.set(machineID, known);
    return known;
  }

  #makeProvisional(slot: Slot): void {
    if (this.provisional.has(slot)) return;
    this.provisional.add(slot);
    this.changedSlots.add(slot);
  }
}
