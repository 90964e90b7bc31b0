import { type Assignment, type ClusterSnapshot, isStarted, placesOf, type Unit } from "@flotilla/model";
import { parseUnitName } from "@flotilla/unit";
import type { Plan } from "./plan.ts";

/**
 * Counts the instances of templates that are up, for `MinAvailable=`. A unit that moves does not count until its copy
 * has ended. One for each pass; the units of the plan are searched when a template is first asked for.
 */
export class Availability {
  readonly #plan: Plan;
  #instances: Map<string, Unit[]> | undefined;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** Returns why the unit may not begin to move now; undefined if it may. */
  problem(unit: Unit): string | undefined {
    const { minAvailable } = unit.requirements;
    if (minAvailable === undefined || !this.#isSettled(unit)) return undefined;
    const instances = this.#instancesLike(unit);
    const settled = instances.filter((other) => this.#isSettled(other)).length;
    const least =
      minAvailable.of === "instances" ? minAvailable.least : Math.ceil((instances.length * minAvailable.least) / 100);
    if (settled - 1 >= least) return undefined;
    const asked = `MinAvailable=${minAvailable.least}${minAvailable.of === "percent" ? "%" : ""}`;
    return `${asked} of ${templateOf(unit)}: ${settled} of ${instances.length} are up and not about to move`;
  }

  #isSettled({ name }: Unit): boolean {
    const { graceful, placement } = this.#plan;
    return !graceful.has(name) && isSettled(name, placement.snapshot);
  }

  #instancesLike(unit: Unit): readonly Unit[] {
    this.#instances ??= Map.groupBy(this.#plan.placement.wanted.values(), templateOf);
    return this.#instances.get(templateOf(unit)) ?? [];
  }
}

/** The template of an instance; the name of any other unit. */
function templateOf({ name }: Unit): string {
  return parseUnitName(name).template ?? name;
}

/** Whether the unit is up in its place, and has no other assignment. */
function isSettled(name: string, snapshot: ClusterSnapshot): boolean {
  const assignments = snapshot.assignments.get(name);
  const [place] = placesOf(snapshot, name);
  return place !== undefined && assignments?.size === 1 && !place.stopping && isUp(place, snapshot);
}

/** Whether the unit does in this place what is asked of it. */
export function isUp({ unit, machineID, desired }: Assignment, { states, machines }: ClusterSnapshot): boolean {
  const state = states.get(unit)?.get(machineID);
  if (!state || !machines.has(machineID)) return false;
  return desired === "launched" ? isStarted(state) : state.load === "loaded";
}
