import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterSnapshot, Unit } from "@flotilla/model";
import fc from "fast-check";
import { decide, explain } from "../decide.ts";
import { apply } from "../fixture/apply.ts";
import { type Change, ChangingCluster } from "../fixture/changing-cluster.ts";
import { unitWith } from "../fixture/cluster.ts";
import { EXERCISE_RULES } from "../fixture/exercise-rules.ts";
import { runToEnd } from "../effort.ts";
import { firstRejection } from "../placement/check.ts";
import { Placement } from "../placement/placement.ts";
import { RuleSet } from "../placement/rule-set.ts";
import type { CapacityRule, Rule } from "./rule.ts";
import { RULES } from "./rules.ts";
import type { Wish } from "./wish.ts";
import { WISHES } from "./wishes.ts";

/** Properties of every rule in the list: a new rule is tested here by its examples. */

const LISTS: readonly (readonly [name: string, rules: readonly Rule[]])[] = [
  ["the rules", RULES],
  ["the rules and one more of each kind", [...RULES, ...EXERCISE_RULES]],
];

const ids = ["m1", "m2", "m3"];
const names = ["a.service", "b.service", "c.service", "w@1.service", "w@2.service", "a.timer", "b.socket"];

const name = fc.constantFrom(...names);

/** The lines of a unit file with some of the rules' examples; empty where examples contradict each other. */
function linesOf(rules: readonly (Rule | Wish)[]): fc.Arbitrary<readonly string[]> {
  const examples = rules.flatMap((rule) => rule.examples.map((option) => [option]));
  const more = ["Global=true", "Priority=1", "Priority=2", "Preempts=true", "NeverMoves=true"].map((text) => {
    const [optionName = "", value = ""] = text.split("=");
    return [{ section: "X-Fleet", name: optionName, value }];
  });
  return fc.subarray([...examples, ...more], { maxLength: 4 }).map((chosen) => {
    const lines = chosen.flat().flatMap((option) => [`[${option.section}]`, `${option.name}=${option.value}`]);
    const all = ["[Service]", "ExecStart=/bin/true", ...lines];
    return isAccepted(all) ? all : all.slice(0, 2);
  });
}

function isAccepted(lines: readonly string[]): boolean {
  try {
    return unitWith("a.service", lines, "launched", 1).name !== "";
  } catch (error) {
    if (error instanceof Error && error.message.includes("[X-Fleet]")) return false;
    throw error;
  }
}

function historyOf(rules: readonly Rule[], wishes: readonly Wish[] = WISHES): fc.Arbitrary<readonly Change[]> {
  const desired = fc.constantFrom<Unit["desired"]>("launched", "launched", "launched", "loaded", "inactive");
  const zone = fc.constantFrom("x", "y");
  const change: fc.Arbitrary<Change> = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ to: fc.constant("unit file"), name, lines: linesOf([...rules, ...wishes]), desired }),
    },
    { weight: 1, arbitrary: fc.record({ to: fc.constant("destroyed unit"), name }) },
    {
      weight: 4,
      arbitrary: fc.record(
        { to: fc.constant("machine"), id: fc.constantFrom(...ids), zone, cpus: fc.nat(3), units: fc.nat(3) },
        { requiredKeys: ["to", "id", "zone", "cpus"] },
      ),
    },
    { weight: 1, arbitrary: fc.record({ to: fc.constant("lost machines"), ids: fc.subarray(ids, { minLength: 1 }) }) },
    { weight: 8, arbitrary: fc.record({ to: fc.constant("decisions"), oneIn: fc.constantFrom(1, 1, 2) }) },
  );
  return fc.array(change, { maxLength: 30, size: "max" });
}

/** Replacements that free a place for another unit need another round, but never more rounds than this. */
const MOST_ROUNDS = 8;

function untilNothingChanges(snapshot: ClusterSnapshot, rules: readonly Rule[]): ClusterSnapshot {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const decisions = decide(snapshot, undefined, rules).filter(({ writes }) => writes.length > 0);
    if (decisions.length === 0) return snapshot;
    snapshot = apply(snapshot, decisions);
  }
  throw new Error(`still deciding after ${MOST_ROUNDS} rounds`);
}

/** The cluster's assignments as a placement made without the scheduler, but without the place of `left` on `machineID`. */
function placementOf(snapshot: ClusterSnapshot, rules: readonly Rule[], left: Unit, machineID: string): Placement {
  const placement = new Placement(new RuleSet(rules), snapshot);
  placement.updateSlots(snapshot.machines.keys());
  for (const unit of snapshot.units.values()) placement.know(unit.name, unit, undefined);
  runToEnd(placement.links.update(new Set(snapshot.units.keys()), snapshot.units));
  for (const byMachine of snapshot.assignments.values()) {
    for (const { unit: unitName, machineID: id, leaving } of byMachine.values()) {
      const [unit, slot] = [placement.wanted.get(unitName), placement.slotOf(id)];
      if (unit && slot && !leaving && (unit.name !== left.name || id !== machineID)) placement.put(unit, slot);
    }
  }
  return placement;
}

/** How much of a machine's capacity the assignments to the machine consume. */
function consumedOn(machineID: string, rule: CapacityRule, { assignmentsOn, units }: ClusterSnapshot): number {
  let sum = 0;
  for (const { unit: unitName, leaving } of assignmentsOn.get(machineID)?.values() ?? []) {
    const unit = leaving ? undefined : units.get(unitName);
    if (unit && unit.desired !== "inactive") sum += rule.consumes(unit);
  }
  return sum;
}

for (const [list, rules] of LISTS) {
  test(`${list}: nothing that is placed fails a rule`, () => {
    const check = (history: readonly Change[]): void => {
      const cluster = new ChangingCluster(rules);
      for (const change of history) cluster.happen(change);
      const snapshot = untilNothingChanges(cluster.snapshot(), rules);
      for (const unit of snapshot.units.values()) {
        for (const { machineID, leaving } of snapshot.assignments.get(unit.name)?.values() ?? []) {
          if (leaving || !snapshot.machines.has(machineID)) continue;
          const placement = placementOf(snapshot, rules, unit, machineID);
          const slot = placement.slotOf(machineID);
          assert.ok(slot);
          const verdict = firstRejection(rules, unit, slot, placement, "stay");
          assert.equal(verdict?.rule.name, undefined, `${unit.name} on ${machineID}: ${verdict?.rejection.subject}`);
        }
      }
    };
    fc.assert(fc.property(historyOf(rules), check), { numRuns: 300 });
  });

  test(`${list}: after any history, the decisions are those of a scheduler that examines everything`, () => {
    const check = (history: readonly Change[]): void => {
      const cluster = new ChangingCluster(rules);
      for (const change of history) {
        cluster.happen(change);
        assert.deepEqual(cluster.decide(), decide(cluster.snapshot(), cluster.moment, rules));
      }
    };
    fc.assert(fc.property(historyOf(rules), check), { numRuns: 300 });
  });

  test(`${list}: decisions bring no machine above its capacity`, () => {
    const check = (history: readonly Change[]): void => {
      const cluster = new ChangingCluster(rules);
      for (const change of history) {
        cluster.happen(change);
        const before = cluster.snapshot();
        const after = apply(before, cluster.decide());
        for (const rule of new RuleSet(rules).capacity) {
          for (const machine of before.machines.values()) {
            const [was, is] = [before, after].map((snapshot) => consumedOn(machine.id, rule, snapshot));
            assert.ok((is ?? 0) <= Math.max(was ?? 0, rule.capacity(machine)), `${rule.name} of ${machine.id}`);
          }
        }
      }
    };
    fc.assert(fc.property(historyOf(rules), check), { numRuns: 300 });
  });

  test(`${list}: each rejection has a reason and a fix, and each rule rejects`, () => {
    const rejecting = new Set<string>();
    const check = (history: readonly Change[]): void => {
      const cluster = new ChangingCluster(rules);
      for (const change of history) cluster.happen(change);
      const snapshot = cluster.snapshot();
      for (const decision of decide(snapshot, cluster.moment, rules)) {
        if (decision.reason.code !== "refused") continue;
        const { refusal } = decision.reason;
        const lines = explain(snapshot, decision.unit, rules);
        for (const ruleName of refusal.rules) rejecting.add(ruleName);
        const told = refusal.groups.reduce((sum, { count }) => sum + count, refusal.others);
        assert.equal(told, snapshot.machines.size, "each machine has a reason");
        assert.equal(lines.length, refusal.groups.length + 2, lines.join("\n"));
        assert.ok(lines.every((line) => line !== "" && !line.includes("undefined")));
      }
    };
    fc.assert(fc.property(historyOf(rules), check), { numRuns: 400, seed: 1 });
    // Among the examples of all rules, those of one rule may be too rare.
    for (const rule of rules) fc.assert(fc.property(historyOf([rule], []), check), { numRuns: 200, seed: 1 });
    const silent = rules.filter(({ name: own, examples }) => examples.length > 0 && !rejecting.has(own));
    assert.deepEqual(
      silent.map((rule) => rule.name),
      [],
    );
  });
}
