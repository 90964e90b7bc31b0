import type { ClusterSnapshot, Machine, MachineID, Unit } from "@flotilla/model";
import type { BitSet } from "./bit-set.ts";
import { LoadOrder } from "./load-order.ts";
import { Patterns } from "./patterns.ts";
import { Relations } from "./relations.ts";

/**
 * Where each unit is to be, as far as that has been worked out: filters look at it, so that units
 * placed one after the other see each other. Machines that are away have no part in it.
 *
 * Machines go by their number in the order of their IDs.
 */
export class Plan {
  readonly snapshot: ClusterSnapshot;
  readonly machines: readonly Machine[];
  /** The units that are to have a place. */
  readonly wanted: ReadonlyMap<string, Unit>;
  readonly patterns = new Patterns();
  readonly relations: Relations;
  readonly #numbers = new Map<MachineID, number>();
  readonly #load: LoadOrder;
  readonly #single = new Map<string, number>();
  readonly #global = new Map<string, Set<number>>();
  readonly #units: Set<Unit>[];
  /** Of the units on each machine, those that have Conflicts. */
  readonly #asking = new Map<number, Set<Unit>>();

  constructor(snapshot: ClusterSnapshot) {
    this.snapshot = snapshot;
    this.machines = [...snapshot.machines.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    for (const [number, { id }] of this.machines.entries()) this.#numbers.set(id, number);
    this.wanted = wantedOf(snapshot);
    this.relations = new Relations(this.wanted, snapshot.units, this.patterns);
    this.#load = new LoadOrder(this.machines.length);
    this.#units = this.machines.map(() => new Set());
  }

  /** Undefined for a machine that is away. */
  numberOf(id: MachineID): number | undefined {
    return this.#numbers.get(id);
  }

  put(unit: Unit, machine: number): void {
    if (!unit.requirements.global) this.#single.set(unit.name, machine);
    else if (this.#global.has(unit.name)) this.#global.get(unit.name)?.add(machine);
    else this.#global.set(unit.name, new Set([machine]));
    this.#units[machine]?.add(unit);
    if (unit.requirements.conflicts.length > 0) this.#askingOn(machine).add(unit);
    this.#load.change(machine, 1);
  }

  /** Takes back the place of a unit that is not global. */
  remove(unit: Unit): void {
    const machine = this.#single.get(unit.name);
    if (machine === undefined) return;
    this.#single.delete(unit.name);
    this.#units[machine]?.delete(unit);
    this.#asking.get(machine)?.delete(unit);
    this.#load.change(machine, -1);
  }

  has(name: string, machine: number): boolean {
    return this.#single.get(name) === machine || this.#global.get(name)?.has(machine) === true;
  }

  placesOf(name: string): readonly number[] {
    const machine = this.#single.get(name);
    return machine === undefined ? [...(this.#global.get(name) ?? [])] : [machine];
  }

  unitsOn(machine: number): Iterable<Unit> {
    return this.#units[machine] ?? [];
  }

  /** The units on a machine that have Conflicts. */
  askingOn(machine: number): Iterable<Unit> {
    return this.#asking.get(machine) ?? [];
  }

  loadOf(machine: number): number {
    return this.#load.load(machine);
  }

  /** The machine with the fewest units, of equals the one with the lowest ID. */
  leastLoaded(eligible: BitSet, accept: (machine: number) => boolean): number | undefined {
    return this.#load.least(eligible, accept);
  }

  #askingOn(machine: number): Set<Unit> {
    const known = this.#asking.get(machine);
    if (known) return known;
    const made = new Set<Unit>();
    this.#asking.set(machine, made);
    return made;
  }
}

function wantedOf(snapshot: ClusterSnapshot): Map<string, Unit> {
  const wanted = new Map<string, Unit>();
  for (const [name, unit] of snapshot.units) if (unit.desired !== "inactive") wanted.set(name, unit);
  return wanted;
}
