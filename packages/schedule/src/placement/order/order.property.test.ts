import assert from "node:assert/strict";
import { test } from "node:test";
import type { Machine, Unit } from "@flotilla/model";
import { matchesGlob, meetsExpression } from "@flotilla/unit";
import fc from "fast-check";
import { cluster, snapshotOf, unitOf } from "../../fixture/cluster.ts";
import { RULES } from "../../rules/rules.ts";
import { BitSet } from "../bit-set.ts";
import { Placement } from "../placement.ts";
import { RuleSet } from "../rule-set.ts";
import type { Slot } from "../slot.ts";

const options = [
  "Prefers=zone=x",
  "Prefers=20 zone!=y",
  "Prefers=disk exists",
  "Avoids=a.service",
  "Avoids=w@*",
  "Avoids=*",
  "SpreadBy=zone",
  "SpreadBy=machine",
  "SpreadBy=zone disk",
  "Strategy=pack",
];

const names = ["a.service", "b.service", "c.service", "w@1.service", "w@2.service", "w@3.service", "v@1.service"];

const units = fc.tuple(
  ...names.map((name) =>
    fc.subarray(options, { maxLength: 4 }).map((chosen) => unitOf(name, chosen, "launched", names.indexOf(name))),
  ),
);

const kinds = ["{zone=x}", "{zone=y}", "{zone=x,disk=ssd}", "{zone=y,disk=hdd}", ""];

type Step =
  | { readonly put: number; readonly on: number }
  | { readonly remove: number }
  | { readonly clear: number }
  | { readonly change: number; readonly to: string }
  | { readonly lose: number }
  | { readonly ask: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ put: fc.nat(names.length - 1), on: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record({ remove: fc.nat(names.length - 1) }) },
  { weight: 1, arbitrary: fc.record({ clear: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record({ change: fc.nat(4), to: fc.constantFrom(...kinds) }) },
  { weight: 1, arbitrary: fc.record({ lose: fc.nat(4) }) },
  { weight: 6, arbitrary: fc.record({ ask: fc.nat(names.length - 1) }) },
);

/** A placement whose units come and go, and where machines join, change and leave. */
class Sample {
  readonly #machines = new Map<string, Machine>();
  readonly placement = new Placement(
    new RuleSet(RULES),
    snapshotOf({ machines: [], units: [], assignments: [], states: [] }),
  );

  set(id: string, kind: string | undefined): void {
    const [machine] = kind === undefined ? [] : cluster(`${id}${kind}`).machines.values();
    if (machine) this.#machines.set(id, machine);
    else this.#machines.delete(id);
    this.placement.snapshot = { ...this.placement.snapshot, machines: new Map(this.#machines) };
    const { opened, closed } = this.placement.updateSlots([id]);
    for (const slot of [...opened, ...closed]) this.placement.clear(slot);
  }

  take(each: Step, all: readonly Unit[]): void {
    const unit = (index: number): Unit => all[index] ?? assert.fail();
    if ("ask" in each) this.compare(unit(each.ask));
    else if ("change" in each) this.set(`m${each.change}`, each.to);
    else if ("lose" in each) this.set(`m${each.lose}`, undefined);
    else if ("put" in each) this.#put(unit(each.put), this.placement.slotOf(`m${each.on}`));
    else if ("remove" in each) this.#remove(unit(each.remove));
    else if ("clear" in each) this.#clear(this.placement.slotOf(`m${each.clear}`));
  }

  #put(unit: Unit, slot: Slot | undefined): void {
    if (slot && !this.placement.isPlaced(unit.name)) this.placement.put(unit, slot);
  }

  #remove(unit: Unit): void {
    for (const slot of this.placement.placesOf(unit.name)) this.placement.remove(unit, slot);
  }

  #clear(slot: Slot | undefined): void {
    if (slot) this.placement.clear(slot);
  }

  /** The order must be that of sorting all machines by scores that are counted anew. */
  compare(unit: Unit): void {
    this.#remove(unit);
    const open = this.placement.slots.ordered.filter((slot) => slot.open);
    const eligible = new BitSet(this.placement.slots.ordered.length);
    for (const { number } of open) eligible.add(number);
    const next = this.placement.bestFirst(unit, eligible);
    const found: string[] = [];
    for (let slot = next(); slot; slot = next()) found.push(slot.machine.id);
    const scored = open.map((slot) => ({ id: slot.machine.id, scores: scoresOf(unit, slot, open) }));
    const sorted = scored.sort((a, b) => compareLists(a.scores, b.scores) || (a.id < b.id ? -1 : 1));
    assert.deepEqual(
      found,
      sorted.map(({ id }) => id),
    );
    for (const slot of open) {
      const told = this.placement.orders.scores(unit, slot).map(({ score }) => score);
      assert.deepEqual(told.at(-1), scoresOf(unit, slot, open).at(-1));
    }
  }
}

/** The wishes once more, written independently of the placement. */
function scoresOf(unit: Unit, slot: Slot, open: readonly Slot[]): readonly number[] {
  const { prefers, avoids, strategy } = unit.requirements;
  const valuesOf = (key: string, { metadata }: Machine): string[] => [metadata[key] ?? []].flat();
  const met = prefers.filter(({ expressions }) =>
    expressions.every((expression) => meetsExpression(expression, valuesOf(expression.key, slot.machine))),
  );
  const matches = (globs: readonly string[], name: string): boolean => globs.some((glob) => matchesGlob(glob, name));
  const clashing = [...slot.units].filter(
    (other) => matches(avoids, other.name) || matches(other.requirements.avoids, unit.name),
  );
  const isInstance = unit.name.includes("@");
  const template = (name: string): string => name.replace(/@.*\./, "@.");
  const inGroup = (other: Unit): boolean =>
    isInstance
      ? template(other.name) === template(unit.name)
      : !other.name.includes("@") && other.requirements.spreadBy.join() === unit.requirements.spreadBy.join();
  const keys = [...unit.requirements.spreadBy];
  if (isInstance && strategy !== "pack" && !keys.includes("machine")) keys.push("machine");
  const counts = keys.map((key) => {
    const [value] = valuesOf(key, slot.machine);
    if (key !== "machine" && value === undefined) return Number.POSITIVE_INFINITY;
    const same = key === "machine" ? [slot] : open.filter(({ machine }) => machine.metadata[key] === value);
    return same.flatMap(({ units: there }) => [...there].filter(inGroup)).length;
  });
  const load = strategy === "pack" ? -slot.units.size : slot.units.size;
  return [-met.reduce((sum, { weight }) => sum + weight, 0), clashing.length, ...counts, load];
}

function compareLists(a: readonly number[], b: readonly number[]): number {
  for (const [index, score] of a.entries()) if (score !== b[index]) return score < (b[index] ?? 0) ? -1 : 1;
  return 0;
}

test("machines come in the order of the unit's wishes, whatever came and went before", () => {
  const check = (all: readonly Unit[], steps: readonly Step[]): void => {
    const sample = new Sample();
    for (const each of steps) sample.take(each, all);
    for (const unit of all) sample.compare(unit);
  };
  fc.assert(fc.property(units, fc.array(step, { maxLength: 60, size: "max" }), check), { numRuns: 1_000 });
});
