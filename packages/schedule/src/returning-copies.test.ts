import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "./decide.ts";
import { NO_TIME } from "./history/moment.ts";
import { brief } from "./fixture/apply.ts";
import { cluster } from "./fixture/cluster.ts";

const cases: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
  ["the copy stays while its replacement has run only for a moment", "m1 m2", ["a ~m1 +m1 @m2 +m2"], []],
  ["the unit goes back to the copy when the replacement fails", "m1 m2", ["a ~m1 +m1 @m2 %m2 X:m2"], ["move a m2>m1"]],
  ["the unit goes back before the failure is recorded", "m1 m2", ["a ~m1 +m1 @m2 %m2"], ["move a m2>m1", "note a m2"]],
  [
    "the unit goes back when it has failed on all other machines",
    "m1 m2 m3",
    ["a ~m1 +m1 @m2 %m2 x:m3 X:m2"],
    ["move a m2>m1"],
  ],
  [
    "the unit goes back to the copy rather than to a machine with fewer units",
    "m1 m2 m3",
    ["b @m1", "a ~m1 +m1 @m2 %m2 X:m2"],
    ["move a m2>m1"],
  ],
  [
    "followers go back with the unit",
    "m1 m2",
    ["a ~m1 +m1 @m2 %m2 X:m2", "b @m2 MachineOf=a.service"],
    ["move a m2>m1", "move b m2>m1"],
  ],
  ["the unit does not go back to a copy that does not run", "m1 m2", ["a ~m1 @m2 %m2 X:m2"], []],
  ["the unit does not go back to a copy that failed, too", "m1 m2", ["a ~m1 %m1 @m2 %m2 X:m2"], []],
  ["the unit does not go back while the copy's machine is away", "m2", ["a ~m1 +m1 @m2 %m2 X:m2"], []],
  [
    "the unit does not go back to a machine that no longer passes the rules",
    "m1 m2{z=a}",
    ["a ~m1 +m1 @m2 %m2 X:m2 MachineMetadata=z=a"],
    [],
  ],
  [
    "the unit does not go back to a machine with a conflicting unit",
    "m1 m2",
    ["b @m1", "a ~m1 +m1 @m2 %m2 X:m2 Conflicts=b.service"],
    [],
  ],
  [
    "a unit that cannot go back goes nowhere else before its pause is over",
    "m1 m2 m3",
    ["b @m1", "a ~m1 +m1 @m2 %m2 X:m2 Conflicts=b.service"],
    [],
  ],
  ["a loaded unit does not go back", "m1 m2", ["a loaded ~m1 +m1 @m2 %m2"], ["end-copy a m1"]],
  ["a global unit keeps both places", "m1 m2", ["a Global=true ~m1 +m1 @m2 %m2"], ["place a m1"]],
  [
    "an exclusive unit stops the copy first",
    "m1 m2",
    ["a Exclusive=true ~m1 +m1 @m2 %m2"],
    ["update a m1", "note a m2"],
  ],
];

for (const [about, machines, units, decided] of cases) {
  test(`a copy on a machine that is back: ${about}`, () =>
    assert.deepEqual(decide(cluster(machines, ...units), NO_TIME).map(brief), decided));
}

test("a copy on a machine that is back: the unit leaves the place where it fails, with the reason", () => {
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

test("a copy on a machine that is back: the unit does not go back to a copy of an earlier file", () => {
  const snapshot = cluster("m1 m2", "a ~m1 +m1 @m2 %m2 X:m2");
  const unit = snapshot.units.get("a.service") ?? assert.fail();
  const units = new Map([["a.service", { ...unit, hash: "another", digest: "another" }]]);
  assert.deepEqual(decide({ ...snapshot, units }).map(brief), ["update a m2"]);
});
