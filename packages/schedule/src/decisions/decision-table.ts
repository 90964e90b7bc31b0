import type { MachineID, Unit } from "@flotilla/model";
import { LOOK } from "../effort.ts";
import { isExclusive } from "../history/exclusive.ts";
import type { Plan } from "../incremental/plan.ts";
import { decideOn } from "./decide-on.ts";
import { decideOnGlobalAt } from "./decide-on-global.ts";
import type { Decision } from "./decision.ts";
import { inOrder } from "./decision-order.ts";
import { type RestartTurn, restartTurn } from "./restart-turn.ts";

/** All decisions for the kept plan, revised only for affected units. */
export class DecisionTable {
  /** By unit. For a global unit, the decisions about the unit as a whole. */
  readonly #toWrite = new Map<string, Decision[]>();
  /** For global units: by unit, then machine. */
  readonly #toWriteOn = new Map<string, Map<MachineID, Decision>>();
  readonly #refused = new Map<string, Decision>();
  /** Global units that were exclusive: all their places are decided together until they are stopped. */
  readonly #stopping = new Set<string>();
  /** Global units with copies that have yet to restart. */
  readonly #restarting = new Map<string, RestartTurn>();

  /** Units that no machine can take, and why. */
  get refused(): ReadonlyMap<string, Decision> {
    return this.#refused;
  }

  /** Units with something to write, or between two steps. */
  get pending(): Iterable<string> {
    return [...this.#toWrite.keys(), ...this.#stopping, ...this.#restarting.keys()];
  }

  /** All decisions that write something, in the order in which to write them. */
  inOrder(): readonly Decision[] {
    const places = [...this.#toWriteOn.values()].flatMap((byMachine) => [...byMachine.values()]);
    return [...[...this.#toWrite.values()].flat(), ...places].sort(inOrder);
  }

  /** Decides again on a unit about which anything may have changed, on any machine. */
  revise(name: string, plan: Plan): void {
    const { snapshot, global } = plan.placement;
    const decisions = plan.isolate(name, () => decideOn(name, plan)) ?? [];
    const toWrite = decisions.filter(({ kind }) => kind !== "unplaceable");
    if (toWrite.length > 0) this.#toWrite.set(name, toWrite);
    else this.#toWrite.delete(name);
    const refused = decisions.find(({ kind }) => kind === "unplaceable");
    if (refused) this.#refused.set(name, refused);
    else this.#refused.delete(name);
    const unit = global.get(name);
    const isStopping = unit !== undefined && isExclusive(unit, snapshot);
    if (!unit || isStopping) this.#toWriteOn.delete(name);
    if (isStopping) this.#stopping.add(name);
    else if (this.#stopping.delete(name)) this.reviseAllPlaces(name, plan);
    this.#reviseTurn(name, unit, plan);
  }

  #reviseTurn(name: string, unit: Unit | undefined, plan: Plan): void {
    const before = this.#restarting.get(name)?.next;
    const turn = unit && restartTurn(unit, plan.placement);
    if (turn) this.#restarting.set(name, turn);
    else this.#restarting.delete(name);
    for (const id of new Set([before, turn?.next])) if (id !== undefined) this.revisePlace(name, id, plan);
  }

  /** Decides again on a global unit at one machine, where it may be placed, removed or updated. */
  revisePlace(name: string, machineID: MachineID, plan: Plan): void {
    const unit = plan.placement.global.get(name);
    if (!unit || this.#stopping.has(name)) return;
    plan.placement.effort.spend(LOOK / 5);
    const decision = decideOnGlobalAt(unit, machineID, plan, this.#restarting.get(name)?.next);
    const byMachine = this.#toWriteOn.get(name) ?? new Map<MachineID, Decision>();
    if (decision) this.#toWriteOn.set(name, byMachine.set(machineID, decision));
    else if (byMachine.delete(machineID) && byMachine.size === 0) this.#toWriteOn.delete(name);
  }

  reviseAllPlaces(name: string, plan: Plan): void {
    this.#toWriteOn.delete(name);
    const { placement } = plan;
    for (const { machine } of placement.placesOf(name)) this.revisePlace(name, machine.id, plan);
    for (const id of placement.snapshot.assignments.get(name)?.keys() ?? []) this.revisePlace(name, id, plan);
  }
}
