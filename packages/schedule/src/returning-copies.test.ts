import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "./decide.ts";
import { NO_TIME } from "./history/moment.ts";
import { brief } from "./fixture/apply.ts";
import { cluster } from "./fixture/cluster.ts";

const cases: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
  ["it stays while the new one has run for a moment only", "m1 m2", ["a ~m1 +m1 @m2 +m2"], []],
  ["the unit goes back to it when the new one fails", "m1 m2", ["a ~m1 +m1 @m2 %m2 X:m2"], ["move a m2>m1"]],
  ["also before that is on record", "m1 m2", ["a ~m1 +m1 @m2 %m2"], ["move a m2>m1", "note a m2"]],
  ["also when it has failed on all others", "m1 m2 m3", ["a ~m1 +m1 @m2 %m2 x:m3 X:m2"], ["move a m2>m1"]],
  ["rather than to a machine with fewer units", "m1 m2 m3", ["b @m1", "a ~m1 +m1 @m2 %m2 X:m2"], ["move a m2>m1"]],
  [
    "those that follow go with it",
    "m1 m2",
    ["a ~m1 +m1 @m2 %m2 X:m2", "b @m2 MachineOf=a.service"],
    ["move a m2>m1", "move b m2>m1"],
  ],
  ["not where it does not run", "m1 m2", ["a ~m1 @m2 %m2 X:m2"], []],
  ["not where it failed too", "m1 m2", ["a ~m1 %m1 @m2 %m2 X:m2"], []],
  ["not while its machine is away", "m2", ["a ~m1 +m1 @m2 %m2 X:m2"], []],
  ["not where the unit may not be any more", "m1 m2{z=a}", ["a ~m1 +m1 @m2 %m2 X:m2 MachineMetadata=z=a"], []],
  ["not beside what it conflicts with", "m1 m2", ["b @m1", "a ~m1 +m1 @m2 %m2 X:m2 Conflicts=b.service"], []],
];

for (const [about, machines, units, decided] of cases) {
  test(`a copy on a machine that is back: ${about}`, () =>
    assert.deepEqual(decide(cluster(machines, ...units), NO_TIME).map(brief), decided));
}

test("a copy on a machine that is back: the place where the unit fails is given up for it, with the reason", () => {
  const [move] = decide(cluster("m1 m2", "a ~m1 +m1 @m2 %m2 X:m2"));
  assert.equal(
    move?.sentence,
    "a.service moves from machine m2 to m1: it keeps failing there (It crashed.); its copy still runs there",
  );
  assert.deepEqual(
    move.writes.map((write) => [write.action, "machineID" in write && write.machineID]),
    [
      ["unassign", "m2"],
      ["assign", "m1"],
    ],
  );
});
