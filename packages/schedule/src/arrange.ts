import { type Assignment, type ClusterSnapshot, isHeld, type MachineID, type Unit } from "@flotilla/model";
import { choose, chooseAll, chooseOther, firstRejection, type FilterVerdict } from "./choose.ts";
import { attemptsOf, failureHere } from "./decide-on-failure.ts";
import { type Choice, type Moment, NO_TIME } from "./decision.ts";
import { filters, stayFilters } from "./filter/filters.ts";
import { machineOfFilter } from "./filter/machine-of.ts";
import { replacedFilter } from "./filter/replaced.ts";
import { triggeredByFilter } from "./filter/triggered-by.ts";
import { MachineClasses } from "./plan/machine-class.ts";
import { Plan } from "./plan/plan.ts";
import type { Refusal } from "./refusal.ts";

/** Where every unit is to be, and what led to it. */
export interface Arrangement {
  readonly plan: Plan;
  /** Units that no machine can take. */
  readonly refusals: ReadonlyMap<string, Refusal>;
  /** Units that stay on a machine which is away, because many are: by unit, the machine. */
  readonly held: ReadonlyMap<string, MachineID>;
  /** Units that go elsewhere because they keep failing where they are, with what their machine says of it. */
  readonly failing: ReadonlyMap<string, string>;
  /** Why a unit may not stay on a machine that it is on, by `placeKey`. */
  readonly ousted: ReadonlyMap<string, FilterVerdict>;
  /** Why a unit that was given a new place got that one. */
  readonly choices: ReadonlyMap<string, Choice>;
}

/**
 * Works out the whole arrangement, moving as little as possible: first every unit that may stay where
 * it is stays, then units take the places of those that they replace, then those that keep failing go where they may
 * do better, then the rest is placed. The
 * result depends on the snapshot's contents alone, not on the order of its maps.
 */
export function arrange(
  snapshot: ClusterSnapshot,
  { rested, gone }: Pick<Moment, "rested" | "gone"> = NO_TIME,
): Arrangement {
  const arranger = new Arranger(snapshot, gone);
  arranger.keep();
  arranger.takeOver();
  arranger.giveUp(rested);
  arranger.place();
  return arranger;
}

export function placeKey(unit: string, machineID: MachineID): string {
  return `${machineID}/${unit}`;
}

class Arranger implements Arrangement {
  readonly plan: Plan;
  readonly refusals = new Map<string, Refusal>();
  readonly held = new Map<string, MachineID>();
  readonly failing = new Map<string, string>();
  readonly ousted = new Map<string, FilterVerdict>();
  readonly choices = new Map<string, Choice>();
  readonly #snapshot: ClusterSnapshot;
  readonly #gone: ReadonlySet<MachineID>;
  readonly #classes: MachineClasses;
  /** Units that are not global and have no place yet. */
  readonly #homeless = new Map<string, Unit>();

  /** @param gone machines that have been away for so long that nothing exclusive is active there. */
  constructor(snapshot: ClusterSnapshot, gone: ReadonlySet<MachineID>) {
    this.#snapshot = snapshot;
    this.#gone = gone;
    this.plan = new Plan(snapshot);
    this.#classes = new MachineClasses(this.plan);
  }

  /**
   * Units that ask nothing of their company come first, in any order, for none of them can be in
   * another's way. Of two that may not be together, the one that asks for it gives way; if both do,
   * the one that came later.
   */
  keep(): void {
    const demanding: Unit[] = [];
    for (const unit of this.plan.wanted.values()) {
      const { global, machineOf, conflicts, replaces } = unit.requirements;
      const follows = machineOf.length > 0 || this.plan.relations.leadersOf(unit.name).length > 0;
      if (global || follows || conflicts.length > 0 || replaces.length > 0) demanding.push(unit);
      else this.#keepOne(unit);
    }
    const since = new Map(demanding.map((unit) => [unit, this.#since(unit)]));
    demanding.sort((a, b) => this.#byDepth(a, b) || (since.get(a) ?? 0) - (since.get(b) ?? 0) || byName(a, b));
    for (const unit of demanding) this.#keepOne(unit);
  }

  takeOver(): void {
    const units = [...this.plan.relations.replacers].flatMap((name) => this.plan.wanted.get(name) ?? []);
    for (const unit of units.sort((a, b) => this.#byDepth(a, b) || byName(a, b))) {
      if (this.#homeless.has(unit.name) && this.#heldOn(unit) === undefined) this.#takeOverOne(unit);
    }
  }

  /** @param rested units that have failed where they are, and have been there long enough. */
  giveUp(rested: ReadonlySet<string>): void {
    for (const name of [...rested].sort()) {
      const unit = this.plan.wanted.get(name);
      const failure = unit && failureHere(unit, this.#snapshot);
      const here = failure && this.plan.numberOf(failure.machineID);
      if (!unit || !failure || here === undefined || !this.plan.has(name, here)) continue;
      const tried = attemptsOf(unit, this.#snapshot).flatMap(({ machineID }) => this.plan.numberOf(machineID) ?? []);
      const chosen = chooseOther(unit, here, tried, this.plan, this.#classes);
      if (chosen === undefined) continue;
      this.failing.set(name, failure.reason);
      this.#oust(name, here, undefined);
      this.#settleOn(unit, chosen, { by: "least-loaded", units: this.plan.loadOf(chosen) });
    }
  }

  place(): void {
    const units = [...this.#homeless.values(), ...[...this.plan.wanted.values()].filter(isGlobal)];
    units.sort((a, b) => this.#byDepth(a, b) || Number(isGlobal(a)) - Number(isGlobal(b)) || byName(a, b));
    for (const unit of units) {
      if (isGlobal(unit)) this.#spread(unit);
      else this.#placeOne(unit);
    }
  }

  #keepOne(unit: Unit): void {
    for (const { machineID } of inOrder(this.#snapshot.assignments.get(unit.name)?.values() ?? [])) {
      const machine = this.plan.numberOf(machineID);
      if (machine === undefined) continue;
      const verdict = firstRejection(stayFilters, unit, machine, this.plan);
      if (verdict) {
        this.ousted.set(placeKey(unit.name, machineID), verdict);
        continue;
      }
      this.plan.put(unit, machine);
      this.#oustReplaced(unit, machine);
      if (!isGlobal(unit)) return;
    }
    if (!isGlobal(unit)) this.#homeless.set(unit.name, unit);
  }

  #heldOn({ name, requirements }: Unit): MachineID | undefined {
    const places = inOrder(this.#snapshot.assignments.get(name)?.values() ?? []);
    const away = places.filter(({ machineID }) => this.plan.numberOf(machineID) === undefined);
    const isKept = ({ machineID }: Assignment): boolean =>
      isHeld(this.#snapshot.roll, machineID) || (requirements.exclusive && !this.#gone.has(machineID));
    return away.find(isKept)?.machineID;
  }

  #takeOverOne(unit: Unit): void {
    for (const other of [...this.plan.relations.replacedBy(unit.name)].sort()) {
      const [machine] = this.plan.placesOf(other);
      if (machine === undefined || firstRejection(stayFilters, unit, machine, this.plan)) continue;
      this.#settleOn(unit, machine, { by: "replaces", unit: other });
      this.#oustReplaced(unit, machine);
      return;
    }
  }

  #placeOne(unit: Unit): void {
    const copy = this.#runningCopy(unit);
    const held = copy === undefined ? this.#heldOn(unit) : undefined;
    if (held !== undefined) {
      this.held.set(unit.name, held);
      return;
    }
    const chosen = copy ?? choose(unit, this.plan, this.#classes);
    if (typeof chosen !== "number") this.refusals.set(unit.name, chosen);
    else if (copy !== undefined) this.#settleOn(unit, chosen, { by: "copy-running" });
    else this.#settleOn(unit, chosen, { by: "least-loaded", units: this.plan.loadOf(chosen) });
  }

  /** A copy that was left to run on a machine that has come back spares the unit a restart. */
  #runningCopy(unit: Unit): number | undefined {
    const copies = [...(this.#snapshot.assignments.get(unit.name)?.values() ?? [])].filter(({ leaving }) => leaving);
    for (const { machineID } of copies.sort(byAge)) {
      const machine = this.plan.numberOf(machineID);
      if (machine !== undefined && !firstRejection(filters, unit, machine, this.plan)) return machine;
    }
    return undefined;
  }

  #spread(unit: Unit): void {
    const chosen = chooseAll(unit, this.plan, this.#classes);
    if ("groups" in chosen) {
      this.refusals.set(unit.name, chosen);
      return;
    }
    this.choices.set(unit.name, { by: "global" });
    for (const machine of chosen) if (!this.plan.has(unit.name, machine)) this.plan.put(unit, machine);
  }

  #settleOn(unit: Unit, machine: number, choice: Choice): void {
    this.choices.set(unit.name, choice);
    this.plan.put(unit, machine);
    this.#homeless.delete(unit.name);
  }

  #oustReplaced(unit: Unit, machine: number): void {
    for (const other of [...this.plan.relations.replacedBy(unit.name)].sort()) {
      if (this.plan.has(other, machine))
        this.#oust(other, machine, { filter: replacedFilter, rejection: { subject: unit.name } });
    }
  }

  /** Takes a unit's place away again, and with it the place of those that follow it. */
  #oust(name: string, machine: number, verdict: FilterVerdict | undefined): void {
    const unit = this.plan.wanted.get(name);
    if (!unit || !this.plan.has(name, machine)) return;
    this.plan.remove(unit);
    this.#homeless.set(name, unit);
    if (verdict) this.ousted.set(placeKey(name, this.plan.machines[machine]?.id ?? ""), verdict);
    for (const follower of this.plan.relations.followersOf(name)) {
      const filter = this.plan.relations.leadersOf(follower).includes(name) ? triggeredByFilter : machineOfFilter;
      this.#oust(follower, machine, { filter, rejection: { subject: name } });
    }
  }

  #since({ name }: Unit): number {
    let least = Number.MAX_SAFE_INTEGER;
    for (const { since, leaving } of this.#snapshot.assignments.get(name)?.values() ?? [])
      if (!leaving) least = Math.min(least, since);
    return least;
  }

  #byDepth(a: Unit, b: Unit): number {
    const left = this.plan.relations.depth(a.name);
    const right = this.plan.relations.depth(b.name);
    return left === right ? 0 : left - right;
  }
}

function isGlobal({ requirements }: Unit): boolean {
  return requirements.global;
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

/** The assignments that count, the longest standing first. */
function inOrder(assignments: Iterable<Assignment>): readonly Assignment[] {
  const staying = [...assignments].filter(({ leaving }) => !leaving);
  return staying.length < 2 ? staying : staying.sort(byAge);
}

function byAge(a: Assignment, b: Assignment): number {
  return a.since - b.since || (a.machineID < b.machineID ? -1 : 1);
}
