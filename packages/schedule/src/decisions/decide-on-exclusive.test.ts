import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../decide.ts";
import { NO_TIME } from "../history/moment.ts";
import { cluster } from "../fixture/cluster.ts";
import { testDecisions } from "../fixture/test-cases.ts";

testDecisions([
  ["an exclusive unit is placed like any unit", "m1 m2", ["a Exclusive=true"], ["place a m1"]],
  ["an exclusive unit stays where it is while an older copy stops", "m1 m2", ["a Exclusive=true ^m1 @m2"], []],
  ["an exclusive unit keeps its machine", "m1 m2", ["a Exclusive=true @m1 +m1"], []],
  ["an exclusive unit does not move off a lost machine at once", "m2", ["a Exclusive=true @m1"], []],
  [
    "an exclusive unit that must leave a present machine first stops there",
    "m1 m2{z=a}",
    ["a Exclusive=true MachineMetadata=z=a @m1 +m1"],
    ["update a m1"],
  ],
  [
    "an exclusive unit does not move while it stops",
    "m1 m2{z=a}",
    ["a Exclusive=true MachineMetadata=z=a ^m1 +m1"],
    [],
  ],
  [
    "an exclusive unit moves once it has stopped",
    "m1 m2{z=a}",
    ["a Exclusive=true MachineMetadata=z=a ^m1 _m1"],
    ["move a m1>m2"],
  ],
  [
    "an inactive state is no proof that the unit has stopped",
    "m1 m2{z=a}",
    ["a Exclusive=true MachineMetadata=z=a ^m1 -m1"],
    [],
  ],
  [
    "an exclusive unit does not move when its machine is lost while it stops",
    "m2{z=a}",
    ["a Exclusive=true MachineMetadata=z=a ^m1 _m1"],
    [],
  ],
  [
    "an exclusive unit that no machine may have stops",
    "m1",
    ["a Exclusive=true MachineMetadata=z=a @m1"],
    ["update a m1"],
  ],
  [
    "an exclusive unit is told to stop before another unit gets its machine",
    "m1",
    ["a Exclusive=true MachineMetadata=z=a Conflicts=b.service @m1", "b"],
    ["update a m1", "place b m1"],
  ],
  [
    "an exclusive unit that no machine may have is unplaced once it has stopped",
    "m1",
    ["a Exclusive=true MachineMetadata=z=a ^m1 _m1"],
    ["unplace a m1", "unplaceable a"],
  ],
  [
    "an exclusive unit that has stopped starts again when its machine fits again",
    "m1",
    ["a Exclusive=true ^m1 _m1"],
    ["update a m1"],
  ],
  ["a unit that is no longer exclusive keeps its machine", "m1", ["a #m1"], ["update a m1"]],
  ["a unit that was exclusive stops before it moves", "m1 m2{z=a}", ["a MachineMetadata=z=a #m1 +m1"], ["update a m1"]],
  [
    "a unit that was exclusive moves once it has stopped",
    "m1 m2{z=a}",
    ["a MachineMetadata=z=a ^m1 _m1"],
    ["move a m1>m2"],
  ],
  ["a unit that was exclusive does not move off a lost machine at once", "m2", ["a #m1"], []],
  ["a unit that was exclusive and becomes global is updated in place", "m1 m2", ["a Global=true #m2"], ["update a m2"]],
  ["an exclusive unit that becomes inactive first stops", "m1", ["a Exclusive=true inactive @m1"], ["update a m1"]],
  [
    "an exclusive unit that is inactive leaves once it has stopped",
    "m1",
    ["a Exclusive=true inactive ^m1 _m1"],
    ["unplace a m1"],
  ],
  ["a destroyed exclusive unit first stops", "m1", ["a Exclusive=true destroyed @m1"], ["update a m1"]],
  ["an inactive exclusive unit keeps its assignment to a lost machine", "m2", ["a Exclusive=true inactive @m1"], []],
  ["of two places of an exclusive unit, one is stopped", "m1 m2", ["a Exclusive=true @m1 @m2"], ["update a m2"]],
  [
    "an exclusive unit does not return to a copy while it may run on its lost machine",
    "m2",
    ["a Exclusive=true @m1 ~m2"],
    [],
  ],
  [
    "an exclusive unit does not return to a place where it stopped while it may run on its lost machine",
    "m2",
    ["a Exclusive=true @m1 ^m2 _m2"],
    [],
  ],
  ["the copy of an exclusive unit is stopped", "m1 m2", ["a Exclusive=true @m1 ~m2"], ["update a m2"]],
]);

/** The machine `m1` has been away for so long that nothing exclusive runs there. */
testDecisions(
  [
    [
      "an exclusive unit moves off a machine that is gone, and leaves no copy",
      "m2",
      ["a Exclusive=true @m1"],
      ["move a m1>m2"],
    ],
    [
      "an exclusive unit keeps its assignment when no other machine fits",
      "m2",
      ["a Exclusive=true MachineMetadata=z=a @m1"],
      ["unplaceable a"],
    ],
    [
      "an inactive exclusive unit leaves a machine that is gone",
      "m2",
      ["a Exclusive=true inactive @m1"],
      ["unplace a m1"],
    ],
    [
      "a destroyed exclusive unit leaves a machine that is gone",
      "m2",
      ["a Exclusive=true destroyed ^m1"],
      ["unplace a m1"],
    ],
    ["during a hold, an exclusive unit keeps its assignment", "m2 m1? m3?", ["a Exclusive=true @m1"], []],
    [
      "an exclusive unit moves to its copy when its machine is gone",
      "m2",
      ["a Exclusive=true @m1 ~m2"],
      ["move a m1>m2"],
    ],
    [
      "an exclusive unit moves to a place where it stopped when its machine is gone",
      "m2",
      ["a Exclusive=true @m1 ^m2 _m2"],
      ["move a m1>m2"],
    ],
    [
      "an exclusive unit does not move while one of its two machines is not gone",
      "m2",
      ["a Exclusive=true @m1 @m9"],
      [],
    ],
  ],
  { moment: { ...NO_TIME, gone: new Set(["m1"]) } },
);

test("the move of an exclusive unit depends on the absence of its machine", () => {
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
