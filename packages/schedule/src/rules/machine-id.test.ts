import assert from "node:assert/strict";
import { test } from "node:test";
import type { Machine } from "@flotilla/model";
import { decide, explain } from "../decide.ts";
import { brief } from "../fixture/apply.ts";
import { cluster, snapshotOf, unitWith } from "../fixture/cluster.ts";
import { testDecisions, testExplanations, testSentences } from "../fixture/test-cases.ts";

testDecisions([
  ["a unit goes to the machine that MachineID= names", "m1 m2", ["a MachineID=m2"], ["place a m2"]],
  ["a unit waits when MachineID= names a machine that is away", "m1", ["a MachineID=m2"], ["unplaceable a"]],
  [
    "a unit with MachineID= keeps its assignment to a machine that is away",
    "m1",
    ["a MachineID=m2 @m2"],
    ["unplaceable a"],
  ],
  ["a changed MachineID= moves the unit", "m1 m2", ["a MachineID=m2 @m1"], ["move a m1>m2"]],
]);

testExplanations([
  [
    "m1{z=a} m2",
    ["a MachineID=m1 MachineMetadata=z=b"],
    [
      "a.service cannot be placed",
      "1 machine: MachineID names another machine, m1",
      "1 machine: metadata z=b is missing (it has z=a)",
      "the nearest fix: set metadata z=b on a machine such as m1",
    ],
  ],
  [
    "m1{z=a}",
    ["a MachineID=m1 MachineMetadata=z=b"],
    [
      "a.service cannot be placed",
      "1 machine: metadata z=b is missing (it has z=a)",
      "the nearest fix: set metadata z=b on a machine such as m1",
    ],
  ],
  [
    "m1",
    ["a MachineID=m9 @m9"],
    [
      "a.service is on machine m9, which is away, and no other machine can take it",
      "1 machine: MachineID names another machine, m9, which is not in the cluster",
      "the nearest fix: bring machine m9 back, or remove MachineID from the unit file",
    ],
  ],
]);

testSentences([
  [
    "m1a m1b",
    ["a MachineID=M1.../10.0.0.1"],
    "a.service cannot be placed: 2 machines: MachineID=M1.../10.0.0.1 names several machines: m1a and m1b; the nearest fix: write the whole ID of one of them in the unit file, such as MachineID=m1a",
  ],
  [
    "m1 m2",
    ["a MachineID=m3"],
    "a.service cannot be placed: 2 machines: MachineID names another machine, m3, which is not in the cluster; the nearest fix: bring machine m3 back, or remove MachineID from the unit file",
  ],
]);

testDecisions([
  ["MachineID= may be the beginning of an ID", "m1a m2", ["a MachineID=m1"], ["place a m1a"]],
  ["MachineID= may be an ID as listings show it", "m1a m2", ["a MachineID=M1.../10.0.0.1"], ["place a m1a"]],
  ["a beginning of two IDs names no machine", "m1a m1b", ["a MachineID=m1"], ["unplaceable a"]],
  ["a whole ID names its machine only", "m1 m1b", ["a MachineID=m1"], ["place a m1"]],
  ["a unit stays where its MachineID= has been unique", "m1a m1b", ["a MachineID=m1 @m1b"], []],
  [
    "a unit waits for the machine with its beginning of an ID, although another has it too",
    "m1b m2",
    ["a MachineID=m1 @m1a"],
    ["unplaceable a"],
  ],
  ["a changed beginning of an ID moves the unit", "m1a m2a", ["a MachineID=m2 @m1a"], ["move a m1a>m2a"]],
]);

const named = (id: string, hostname: string): Machine => {
  const [machine] = cluster(id).machines.values();
  assert.ok(machine);
  return { ...machine, hostname };
};

const pinned = unitWith("a.service", ["[X-Fleet]", "MachineID=web1"], "launched", 1);

for (const { about, machines, decided } of [
  { about: "its host name", machines: [named("m1", "web2"), named("m2", "web1")], decided: "place a m2" },
  { about: "its host name's first label", machines: [named("m2", "Web1.example.org")], decided: "place a m2" },
  {
    about: "none, if two have the host name",
    machines: [named("m1", "web1"), named("m2", "web1")],
    decided: "unplaceable a",
  },
]) {
  test(`MachineID= names a machine by ${about}`, () => {
    const snapshot = snapshotOf({ machines, units: [pinned], assignments: [], states: [] });
    assert.deepEqual(decide(snapshot).map(brief), [decided]);
  });
}

test("the reason names the machines among which a host name does not decide", () => {
  const machines = [named("m1", "web1"), named("m2", "web1")];
  assert.deepEqual(explain(snapshotOf({ machines, units: [pinned], assignments: [], states: [] }), "a.service"), [
    "a.service cannot be placed",
    "2 machines: MachineID=web1 names several machines: m1 (web1) and m2 (web1)",
    "the nearest fix: write the whole ID of one of them in the unit file, such as MachineID=m1",
  ]);
});
