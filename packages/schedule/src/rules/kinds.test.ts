import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../decide.ts";
import { ChangingCluster } from "../fixture/changing-cluster.ts";
import { cluster } from "../fixture/cluster.ts";
import { EXERCISE_RULES } from "../fixture/exercise-rules.ts";
import { NO_TIME } from "../history/moment.ts";
import { type Case, testDecisions } from "../fixture/test-cases.ts";
import { RULES } from "./rules.ts";

/** How the scheduler uses the kind of a rule within one pass. */
const rules = [...RULES, ...EXERCISE_RULES];

const cases: readonly Case[] = [
  ["a rule that applies only on arrival rejects a new unit", "m1{zone=x} m2{zone=y}", ["a ArriveIn=y"], ["place a m2"]],
  ["a rule that applies only on arrival moves no unit", "m1{zone=x} m2{zone=y}", ["a ArriveIn=y @m1"], []],
  [
    "a rule that applies only on arrival rejects a replacement",
    "m1{zone=x} m2{zone=y}",
    ["b @m1", "a Replaces=b.service ArriveIn=y"],
    ["place a m2"],
  ],
  [
    "a replacement may use the capacity of the unit that it replaces",
    "m1",
    ["b Weight=1 @m1", "a Replaces=b.service Weight=1"],
    ["unplace b m1", "place a m1", "unplaceable b"],
  ],
  [
    "an evicted unit frees its capacity for a unit that is placed in the same pass",
    "m1 m2",
    ["b Weight=1 @m1", "a Replaces=b.service", "c Weight=1 MachineID=m1"],
    ["move b m1>m2", "place a m1", "place c m1"],
  ],
  [
    "a rule that applies only on arrival lets a replacement stay where it is",
    "m1{zone=x} m2",
    ["a @m1", "b Replaces=a.service ArriveIn=y @m1"],
    ["move a m1>m2"],
  ],
  [
    "a replacement may not use the capacity of other units",
    "m1",
    ["c Weight=1 @m1", "b @m1", "a Replaces=b.service Weight=1"],
    ["unplaceable a"],
  ],
  ["a unit goes where enough capacity is left", "m1 m2", ["a Weight=1 @m1", "x @m2", "b Weight=1"], ["place b m2"]],
  ["units stay on a machine whose capacity has shrunk", "m1 m2", ["b Weight=1 @m1", "a Weight=1 @m1"], []],
  [
    "a unit whose changed file asks for more than the machine has left moves",
    "m1(cpus=3) m2(cpus=3)",
    ["a Weight=2 @m1!", "b Weight=2 @m1"],
    ["move a m1>m2"],
  ],
  [
    "of two units whose changed files ask for too much together, the one that changed last moves",
    "m1(cpus=3) m2(cpus=3)",
    ["b Weight=2 @m1!", "a Weight=2 @m1!"],
    ["move a m1>m2", "update b m1"],
  ],
  [
    "a follower that came before its anchor stays where it is",
    "m1{zone=x}",
    ["f MachineOf=c.service ArriveIn=y @m1", "c Conflicts=z.service @m1"],
    [],
  ],
  [
    "units that ask different rules for the same text have separate machine classes",
    "m1{zone=2}",
    ["a LeastCPUs=2", "b ArriveIn=2"],
    ["place b m1", "unplaceable a"],
  ],
  [
    "units whose answers to the rules are the same in one line are told apart",
    "m1",
    ["a LeastCPUs=1 ArriveIn=y", "b LeastCPUs=12,y"],
    ["place b m1", "unplaceable a"],
  ],
];

testDecisions(cases, { rules });

testDecisions(
  [
    [
      "the followers of a failing unit that no other machine can take stay",
      "m1{zone=x}",
      ["f MachineOf=a.service ArriveIn=y @m1", "a @m1 X:m1"],
      [],
    ],
  ],
  { rules, moment: { ...NO_TIME, rested: new Set(["a.service"]) } },
);

test("a machine fails the first rule that rejects it, also where the unit has anchors by several rules", () => {
  const units = ["a.timer Beside=c.service", "a @m2", "c @m3"];
  const decision = decide(cluster("m1 m2 m3", ...units), undefined, rules).find(({ unit }) => unit === "a.timer");
  assert.ok(decision?.reason.code === "refused");
  assert.deepEqual(
    decision.reason.refusal.groups.map(({ rule, count }) => [rule, count]),
    [
      ["TriggeredBy", 2],
      ["Beside", 1],
    ],
  );
});

test("a follower that leaves gets the rule that binds it to the anchor elsewhere as the reason", () => {
  const units = ["f MachineOf=c.service Beside=b.service @m1", "c @m1", "b @m2"];
  const decision = decide(cluster("m1 m2", ...units), undefined, rules).find(({ kind }) => kind === "unplace");
  assert.deepEqual(decision?.reason, { code: "not-allowed", rule: "Beside", subject: "b.service" });
});

test("a follower that is evicted with its anchor gets the rule that binds the two as the reason", () => {
  const units = ["f MachineOf=c.service Beside=b.service @m1", "c @m1", "b @m1", "a Replaces=b.service"];
  const decision = decide(cluster("m1", ...units), undefined, rules).find(({ unit }) => unit === "f.service");
  assert.deepEqual(decision?.reason, { code: "not-allowed", rule: "Beside", subject: "b.service" });
});

test("a unit is tried again in the pass in which a follower of a replaced unit leaves", () => {
  const changing = new ChangingCluster(rules);
  const submit = (name: string, option: string): void =>
    changing.happen({
      to: "unit",
      name: `${name}.service`,
      options: [option],
      desired: "launched",
    });
  changing.happen({ to: "machine", id: "m1", zone: "x" });
  submit("b", "");
  submit("f", "MachineOf=b.service");
  changing.happen({ to: "decisions", oneIn: 1 });
  submit("x", "Conflicts=f.service");
  changing.happen({ to: "decisions", oneIn: 1 });
  submit("a", "Replaces=b.service");
  const decisions = changing.decide();
  assert.deepEqual(decisions, decide(changing.snapshot(), changing.moment, rules));
  assert.ok(decisions.some(({ unit, kind }) => unit === "x.service" && kind === "place"));
});
