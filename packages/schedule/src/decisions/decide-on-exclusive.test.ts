import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../decide.ts";
import { NO_TIME } from "../history/moment.ts";
import { brief } from "../fixture/apply.ts";
import { cluster } from "../fixture/cluster.ts";

/** What it is about, machines, units, and what is decided (unplaceable units are told too). */
type Case = readonly [about: string, machines: string, units: readonly string[], decided: readonly string[]];

const cases: readonly Case[] = [
  ["an exclusive unit is placed like another", "m1 m2", ["a Exclusive=true"], ["place a m1"]],
  ["an exclusive unit stays where it is while an older copy stops", "m1 m2", ["a Exclusive=true ^m1 @m2"], []],
  ["it stays where it is", "m1 m2", ["a Exclusive=true @m1 +m1"], []],
  ["off a lost machine it does not move at once", "m2", ["a Exclusive=true @m1"], []],
  [
    "from a live machine it moves in two steps: it is told to stop",
    "m1 m2{z=a}",
    ["a Exclusive=true MachineMetadata=z=a @m1 +m1"],
    ["update a m1"],
  ],
  ["… and waits while it stops", "m1 m2{z=a}", ["a Exclusive=true MachineMetadata=z=a ^m1 +m1"], []],
  ["… and goes once nothing is left", "m1 m2{z=a}", ["a Exclusive=true MachineMetadata=z=a ^m1 _m1"], ["move a m1>m2"]],
  [
    "what says that it is inactive has not said that it stopped",
    "m1 m2{z=a}",
    ["a Exclusive=true MachineMetadata=z=a ^m1 -m1"],
    [],
  ],
  [
    "the machine that it is to leave is lost meanwhile",
    "m2{z=a}",
    ["a Exclusive=true MachineMetadata=z=a ^m1 _m1"],
    [],
  ],
  ["with nowhere to go it stops and waits", "m1", ["a Exclusive=true MachineMetadata=z=a @m1"], ["update a m1"]],
  ["… without a place", "m1", ["a Exclusive=true MachineMetadata=z=a ^m1 _m1"], ["unplace a m1", "unplaceable a"]],
  ["it may stay after all", "m1", ["a Exclusive=true ^m1 _m1"], ["update a m1"]],
  ["exclusive no more, it stays where it is", "m1", ["a #m1"], ["update a m1"]],
  ["… and stops first if it is to go", "m1 m2{z=a}", ["a MachineMetadata=z=a #m1 +m1"], ["update a m1"]],
  ["… and goes once nothing is left", "m1 m2{z=a}", ["a MachineMetadata=z=a ^m1 _m1"], ["move a m1>m2"]],
  ["… and does not leave a lost machine at once", "m2", ["a #m1"], []],
  ["… and begins to be global where it is", "m1 m2", ["a Global=true #m2"], ["update a m2"]],
  ["made inactive it stops first", "m1", ["a Exclusive=true inactive @m1"], ["update a m1"]],
  ["… and leaves then", "m1", ["a Exclusive=true inactive ^m1 _m1"], ["unplace a m1"]],
  ["destroyed it stops first", "m1", ["a Exclusive=true destroyed @m1"], ["update a m1"]],
  ["made inactive, it keeps its place on a machine that is lost", "m2", ["a Exclusive=true inactive @m1"], []],
  ["two places: the one is stopped", "m1 m2", ["a Exclusive=true @m1 @m2"], ["update a m2"]],
  ["a copy that was left to run is no place while the unit may run in its own", "m2", ["a Exclusive=true @m1 ~m2"], []],
  ["… nor is one where it is to stop", "m2", ["a Exclusive=true @m1 ^m2 _m2"], []],
  ["a copy that was left to run is stopped", "m1 m2", ["a Exclusive=true @m1 ~m2"], ["update a m2"]],
];

for (const [about, machines, units, decided] of cases) {
  test(about, () => {
    assert.deepEqual(decide(cluster(machines, ...units)).map(brief), decided);
  });
}

/** The same, for machines that have been away for so long that nothing exclusive runs there. */
const gone: readonly Case[] = [
  ["an exclusive unit moves, and leaves no copy", "m2", ["a Exclusive=true @m1"], ["move a m1>m2"]],
  ["it keeps its place if nobody can take it", "m2", ["a Exclusive=true MachineMetadata=z=a @m1"], ["unplaceable a"]],
  ["made inactive it leaves", "m2", ["a Exclusive=true inactive @m1"], ["unplace a m1"]],
  ["destroyed it leaves", "m2", ["a Exclusive=true destroyed ^m1"], ["unplace a m1"]],
  ["during a hold it keeps its place", "m2 m1? m3?", ["a Exclusive=true @m1"], []],
  ["a copy that was left to run takes its place", "m2", ["a Exclusive=true @m1 ~m2"], ["move a m1>m2"]],
  ["so does one where it was to stop", "m2", ["a Exclusive=true @m1 ^m2 _m2"], ["move a m1>m2"]],
  ["one of two machines is not enough", "m2", ["a Exclusive=true @m1 @m9"], []],
]; // prettier-ignore

for (const [about, machines, units, decided] of gone) {
  test(`gone: ${about}`, () => {
    const decisions = decide(cluster(machines, ...units), { ...NO_TIME, gone: new Set(["m1"]) });
    assert.deepEqual(decisions.map(brief), decided);
  });
}

test("an exclusive unit's move is void when its machine is back", () => {
  const [move] = decide(cluster("m2", "a Exclusive=true @m1"), { ...NO_TIME, gone: new Set(["m1"]) });
  assert.deepEqual(
    move?.writes.map((write) => [write.action, "machineID" in write && write.machineID]),
    [
      ["unassign", "m1"],
      ["assign", "m2"],
    ],
  );
  assert.ok(move.basis.some((basis) => "machine" in basis && basis.machine === "m1" && basis.joined === 0));
});
