import type { ClusterSnapshot, MachineID } from "@flotilla/model";
import type { Strategy } from "@flotilla/unit";
import type { Decision } from "./decisions/decision.ts";
import { DecisionTable } from "./decisions/decision-table.ts";
import { explainIn } from "./decisions/explain.ts";
import { type Weighing, weighMachines } from "./decisions/weigh-machines.ts";
import { LOOK, runToEnd, type Steps } from "./effort.ts";
import { lossAt } from "./history/losses.ts";
import { type Moment, NO_TIME } from "./history/moment.ts";
import { type Change, Changes } from "./incremental/changes.ts";
import { makePlan } from "./incremental/make-plan.ts";
import { noteTime } from "./incremental/note-time.ts";
import { Plan, type Staying } from "./incremental/plan.ts";
import { RuleSet } from "./placement/rule-set.ts";
import type { Rule } from "./rules/rule.ts";
import { RULES } from "./rules/rules.ts";

/** The changes to make, and the units that no machine can take. */
export interface Decided {
  /** In the order in which to write them. */
  readonly toWrite: readonly Decision[];
  /** All units that no machine can take, by name. */
  readonly refused: ReadonlyMap<string, Decision>;
  /** The units that were decided on. A unit that was refused before and is not among them is still refused. */
  readonly lookedAt: ReadonlySet<string>;
  /** Units that could not be decided on, with the error. */
  readonly setAside: ReadonlyMap<string, unknown>;
}

/**
 * Decides on a cluster again and again. The scheduler keeps its results, so each decision examines only what has
 * changed since the last one. The decisions are the same as those of a new scheduler, which examines everything.
 */
export class Scheduler {
  readonly #rules: RuleSet;
  readonly #strategy: Strategy;
  #changes = new Changes();
  readonly #decisions = new DecisionTable();
  #plan: Plan | undefined;
  #moment: Moment = NO_TIME;
  /** Global units on trial, or after whose start machines were lost. */
  #suspects: ReadonlySet<string> = new Set();

  /**
   * @param rules the placement rules, in the order in which they are checked.
   * @param strategy the cluster's, for units without their own.
   */
  constructor(rules: readonly Rule[] = RULES, strategy: Strategy = "spread") {
    this.#rules = new RuleSet(rules);
    this.#strategy = strategy;
  }

  /** Notes a change. Every change of the snapshot must be noted before the next decision. */
  note(change: Change): void {
    this.#changes.note(change);
  }

  /** @param snapshot the cluster; it may differ from the last snapshot only by the noted changes. */
  decide(snapshot: ClusterSnapshot, moment: Moment = NO_TIME): Decided {
    return runToEnd(this.steps(snapshot, moment));
  }

  /** `decide` in steps of some milliseconds each; the snapshot must not change until the last step. */
  *steps(snapshot: ClusterSnapshot, moment: Moment): Steps<Decided> {
    const changes = this.#takeChanges(snapshot, moment);
    const plan = (this.#plan ??= new Plan(this.#rules, snapshot, this.#strategy));
    yield* makePlan(changes, snapshot, moment, plan);
    const globals = this.#globalsToRevise(changes.units, plan);
    const lookedAt = changes.units;
    for (const names of [globals, changes.facts, plan.affected, plan.choices.keys(), this.#decisions.pending])
      for (const name of names) lookedAt.add(name);
    yield* this.#revise(lookedAt, globals, plan);
    yield* this.#revisePlaces(changes.machines, plan);
    const { setAside } = plan;
    return { toWrite: this.#decisions.inOrder(), refused: this.#decisions.refused, lookedAt, setAside };
  }

  *#revise(units: ReadonlySet<string>, globals: readonly string[], plan: Plan): Steps<void> {
    const { effort } = plan.placement;
    for (const name of units) {
      effort.spend(LOOK);
      this.#decisions.revise(name, plan);
      if (effort.isStepOver()) yield;
    }
    for (const name of globals) {
      this.#decisions.reviseAllPlaces(name, plan);
      if (effort.isStepOver()) yield;
    }
  }

  /**
   * Returns the global units that are on trial or after whose start machines were lost. Whether such a unit may be on a
   * machine can depend on its other places.
   */
  #globalsToRevise(changed: ReadonlySet<string>, { placement, moment }: Plan): readonly string[] {
    const before = this.#suspects;
    const names = [...placement.global.keys()];
    const { snapshot } = placement;
    const isLost = (name: string): boolean =>
      moment.lastStarts.keys().some((machineID) => {
        const place = snapshot.assignments.get(name)?.get(machineID);
        return place !== undefined && lossAt(place, snapshot, moment);
      });
    this.#suspects = new Set(
      names.filter((name) => moment.onTrial.has(name) || snapshot.attempts.has(name) || isLost(name)),
    );
    return names.filter((name) => changed.has(name) || before.has(name) || this.#suspects.has(name));
  }

  /** Why a unit has no place (see `explainIn`), as of the last decision. */
  explain(name: string): readonly string[] {
    return this.#plan ? explainIn(this.#plan, name) : [];
  }

  /** Weighs all machines for a unit (see `weighMachines`), as of the last decision. */
  weigh(name: string): Weighing | undefined {
    return this.#plan && weighMachines(name, this.#plan);
  }

  /** Why a unit stays for now on a machine that is drained, as of the last decision; undefined for any other unit. */
  staying(name: string): Staying | undefined {
    return this.#plan?.staying.get(name);
  }

  #takeChanges(snapshot: ClusterSnapshot, moment: Moment): Changes {
    const changes = this.#changes;
    if (!this.#plan) changes.noteAll(snapshot);
    noteTime(this.#moment, moment, changes);
    this.#changes = new Changes();
    this.#moment = moment;
    return changes;
  }

  /** Decides again on the global units on changed machines, place by place. */
  *#revisePlaces(machines: ReadonlySet<MachineID>, plan: Plan): Steps<void> {
    const { placement, changedSlots } = plan;
    if (placement.global.size === 0) return;
    const changed = new Set(machines);
    for (const { machine } of changedSlots) changed.add(machine.id);
    for (const id of changed) {
      for (const name of placement.global.keys()) this.#decisions.revisePlace(name, id, plan);
      if (placement.effort.isStepOver()) yield;
    }
  }
}
