import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "./decide.ts";
import { NO_TIME } from "./history/moment.ts";
import { brief } from "./fixture/apply.ts";
import { cluster, snapshotOf } from "./fixture/cluster.ts";
import { type Case, testDecisions, testSentences } from "./fixture/test-cases.ts";
import { pauseAfter } from "./history/pause-after.ts";

/** The cases of each placement rule are in the rule's own test. */
const cases: readonly Case[] = [
  ["nothing to do", "m1 m2", [], []],
  ["a unit goes to the first machine by ID", "m2 m1", ["a"], ["place a m1"]],
  ["a loaded unit is placed too", "m1", ["a loaded"], ["place a m1"]],
  ["an inactive unit is not placed", "m1", ["a inactive"], []],
  ["a unit goes to the least loaded machine", "m1 m2", ["a @m1", "b"], ["place b m2"]],
  ["units placed in one pass see each other", "m1 m2", ["a", "b", "c"], ["place a m1", "place b m2", "place c m1"]],
  ["a unit waits when no machine is in the cluster", "", ["a"], ["unplaceable a"]],
  ["nothing moves to balance load", "m1 m2", ["a @m1", "b @m1"], []],
  ["a changed file updates the assignment", "m1", ["a @m1!"], ["update a m1"]],
  ["a unit made inactive leaves", "m1", ["a inactive @m1 ~m2"], ["unplace a m1", "unplace a m2"]],
  ["a destroyed unit leaves", "m1", ["a destroyed @m1"], ["unplace a m1"]],

  ["a global unit goes to every machine", "m1 m2", ["g Global=true"], ["place g m1", "place g m2"]],
  [
    "a global unit goes to every machine with the metadata",
    "m1 m2{z=a}",
    ["g Global=true MachineMetadata=z=a"],
    ["place g m2"],
  ],
  [
    "a global unit avoids machines with a conflicting unit",
    "m1 m2",
    ["a @m1", "g Global=true Conflicts=a.service"],
    ["place g m2"],
  ],
  [
    "a unit avoids machines with a conflicting global unit",
    "m1",
    ["g Global=true Conflicts=a.service @m1", "a"],
    ["unplaceable a"],
  ],
  [
    "a new unit has precedence over a new global unit",
    "m1 m2",
    ["g Global=true Conflicts=x.service", "x"],
    ["place g m2", "place x m1"],
  ],
  ["a global unit is placed on a machine that joins", "m1 m2", ["g Global=true @m1"], ["place g m2"]],
  ["a global unit keeps its place on a lost machine", "m1", ["g Global=true @m1 @m2"], []],
  [
    "a global unit leaves a machine without the metadata",
    "m1 m2{z=a}",
    ["g Global=true MachineMetadata=z=a @m1 @m2"],
    ["unplace g m1"],
  ],
  [
    "a global unit waits when no machine has the metadata",
    "m1",
    ["g Global=true MachineMetadata=z=a"],
    ["unplaceable g"],
  ],
  [
    "global units count as load",
    "m1 m2{z=a}",
    ["g Global=true MachineMetadata=z=a @m2", "a", "b", "c"],
    ["place a m1", "place b m1", "place c m2"],
  ],
  ["a unit that becomes global goes to the other machines", "m1 m2", ["g Global=true @m1"], ["place g m2"]],
  ["a unit that is no longer global keeps one machine", "m1 m2", ["g @m1 @m2"], ["unplace g m2"]],

  ["of two places of one age, the one on the first machine stays", "m1 m2", ["a @m2 @m1"], ["unplace a m2"]],
  ["of two copies of one age, the one on the first machine goes on", "m1 m2", ["a ~m2 ~m1"], ["place a m1"]],
  ["a lost machine's unit moves and leaves a copy", "m2", ["a @m1"], ["move a m1>m2"]],
  [
    "a unit of a lost machine keeps its assignment when no other machine fits",
    "m2",
    ["a @m1", "b @m2 Conflicts=a.service"],
    ["unplaceable a"],
  ],
  [
    "a changed file updates the assignment to a lost machine",
    "m2",
    ["a @m1! MachineID=m1"],
    ["update a m1", "unplaceable a"],
  ],
  [
    "an anchor and its follower move off a lost machine",
    "m2",
    ["a @m1", "b @m1 MachineOf=a.service"],
    ["move a m1>m2", "move b m1>m2"],
  ],
  [
    "a follower waits with an anchor that waits",
    "m2",
    ["a @m1 MachineID=m1", "b @m1 MachineOf=a.service"],
    ["unplaceable a", "unplaceable b"],
  ],
  [
    "during a hold, units of lost machines keep their assignments",
    "m1 m2? m3? m4?",
    ["a @m2", "b @m3 MachineOf=a.service"],
    [],
  ],
  ["during a hold, global units keep their assignments", "m1 m2? m3?", ["g Global=true @m1 @m2"], []],
  ["during a hold, a replacement takes over no other place", "m1 m2? m3?", ["b @m1", "a @m2 Replaces=b.service"], []],
  ["during a hold, new units are placed", "m1 m2? m3?", ["a @m2", "b"], ["place b m1"]],
  ["during a hold, units of a machine that was lost earlier move", "m1 m2? m3?", ["a @m2", "b @m4"], ["move b m4>m1"]],
  [
    "during a hold, a user's changes are applied",
    "m1 m2? m3?",
    ["a inactive @m2", "b @m3!"],
    ["unplace a m2", "update b m3"],
  ],
  ["during a hold, a unit returns to its copy", "m1 m2? m3?", ["a ~m1 @m2"], ["move a m2>m1"]],
  ["an attempt is recorded when systemd has given a unit up", "m1 m2", ["a @m1 %m1"], ["note a m1"]],
  ["an attempt is recorded once for each assignment", "m1 m2", ["a @m1 %m1 X:m1"], []],
  ["an attempt is recorded for the next assignment, too", "m1 m2", ["a @m1 %m1 x:m2"], ["note a m1"]],
  ["no attempt is recorded for a unit with MachineID=", "m1 m2", ["a @m1 %m1 MachineID=m1"], []],
  ["no attempt is recorded for a global unit", "m1 m2", ["a @m1 @m2 %m1 Global=true"], []],
  ["no attempt is recorded with MoveOnFailure=no", "m1 m2", ["a @m1 %m1 MoveOnFailure=no"], []],
  ["no attempt is recorded for a unit whose desired state is loaded", "m1 m2", ["a loaded @m1 %m1"], []],
  ["no attempt is recorded for a copy", "m1 m2", ["a ~m1 %m1 @m2"], []],
  ["the attempts of a destroyed unit are forgotten", "m1", ["a destroyed x:m1"], []],
  ["a copy stays until the unit is up", "m1 m2", ["a ~m1 @m2"], []],
  ["a copy stays while the unit is loaded but not started", "m1 m2", ["a ~m1 @m2 -m2"], []],
  ["a copy ends once the unit is up", "m1 m2", ["a ~m1 @m2 +m2"], ["end-copy a m1"]],
  [
    "the copy of a unit whose desired state is loaded ends once the unit is loaded",
    "m2",
    ["a loaded ~m1 @m2 -m2"],
    ["end-copy a m1"],
  ],
  ["a copy does not count as load", "m1 m2", ["a ~m1 @m2", "b"], ["place b m1"]],
  ["a unit moves again when its new machine is lost, too", "m3", ["a ~m1 @m2"], ["move a m2>m3"]],
  ["a unit returns to its copy when its new machine is lost", "m1 m3", ["x @m1", "a ~m1 @m2"], ["move a m2>m1"]],
  [
    "a copy ends on a machine that no longer passes the rules",
    "m1{z=b}",
    ["a MachineMetadata=z=a ~m1"],
    ["end-copy a m1", "unplaceable a"],
  ],
];

testDecisions(cases, { moment: { ...NO_TIME, steady: new Set(["a.service"]) } });

test("a move off a lost machine leaves a copy, and depends on the absence of the machine", () => {
  const [move] = decide(cluster("m2", "a @m1"));
  assert.deepEqual(
    move?.writes.map((write) => write.action === "assign" && [write.machineID, write.record.leaving]),
    [
      ["m1", true],
      ["m2", false],
    ],
  );
  assert.deepEqual(move?.basis, [
    { unit: "a.service", revision: 100 },
    { assignment: "a.service", machineID: "m1", revision: 100 },
    { machine: "m2", joined: 1 },
    { machine: "m1", joined: 0 },
  ]);
});

/** The unit `a` has failed on its machine, and its pause there is over. */
const failing: readonly Case[] = [
  ["a unit that keeps failing moves", "m1 m2", ["a @m1 %m1 X:m1"], ["move a m1>m2"]],
  ["the unit stays if no other machine can take it", "m1 m2{z=a}", ["a @m2 %m2 X:m2 MachineMetadata=z=a"], []],
  ["the unit goes to the least loaded machine", "m1 m2 m3", ["x @m2", "a @m1 X:m1"], ["move a m1>m3"]],
  ["the unit goes to a machine on which it has not failed", "m1 m2 m3", ["x @m3", "a @m1 x:m2 X:m1"], ["move a m1>m3"]],
  [
    "a unit that has failed everywhere goes where it failed longest ago",
    "m1 m2 m3",
    ["a @m1 x:m3 x:m2 X:m1"],
    ["move a m1>m3"],
  ],
  ["only the latest failure on each machine counts", "m1 m2 m3", ["a @m1 x:m3 x:m2 x:m3 X:m1"], ["move a m1>m2"]],
  ["the unit does not go to a machine that is away", "m1 m2", ["a @m1 x:m3 X:m1"], ["move a m1>m2"]],
  [
    "the unit avoids machines with conflicting units",
    "m1 m2 m3",
    ["x @m2", "a @m1 X:m1 Conflicts=x.service"],
    ["move a m1>m3"],
  ],
  [
    "its followers move with it",
    "m1 m2",
    ["a @m1 X:m1", "a.timer @m1", "b @m1 MachineOf=a.service"],
    ["move a m1>m2", "move a.timer m1>m2", "move b m1>m2"],
  ],
  ["a follower stays with its anchor", "m1 m2", ["b @m1", "a @m1 X:m1 MachineOf=b.service"], []],
  ["a failure in an earlier assignment moves nothing", "m1 m2", ["a @m1 x:m1"], []],
  [
    "the unit does not go back to a machine that no longer has its metadata",
    "m1{z=a} m2",
    ["a @m1 x:m2 X:m1 MachineMetadata=z=a"],
    [],
  ],
  ["the unit takes over no other place", "m1 m2", ["b @m2", "a @m1 X:m1 Replaces=b.service"], []],
  [
    "failing units choose their machines in the order of their names",
    "m1 m2 m3",
    ["b @m1 X:m1", "a @m1 X:m1"],
    ["move a m1>m2", "move b m1>m3"],
  ],
];

const RESTED = { ...NO_TIME, now: 5, rested: new Set(["b.service", "a.service"]) };

testDecisions(failing, { moment: RESTED });

testSentences(
  [
    [
      "m1 m2",
      ["a @m1 X:m1", "x @m2"],
      "a.service moves from machine m1 to m2: it keeps failing there (It crashed.); of the machines that can take it this one has the fewest units (1)",
    ],
    [
      "m1 m2",
      ["b MachineOf=a.service @m1 X:m1", "a @m1 X:m1"],
      "b.service moves from machine m1 to m2: MachineOf names a.service, which is on m2; of the machines that can take it this one has the fewest units (1)",
    ],
    [
      "m1 m2",
      ["a @m1 X:m1", "r Replaces=a.service"],
      "a.service moves from machine m1 to m2: r.service has taken its place; of the machines that can take it this one has the fewest units (0)",
    ],
  ],
  RESTED,
);

test("an attempt is recorded with the time and the machine's reason; only the last ten are kept", () => {
  const earlier = Array.from({ length: 10 }, (_, index) => `x:m${index + 1}`);
  const [note] = decide(cluster("m11", `a @m11 %m11 ${earlier.join(" ")}`), {
    ...NO_TIME,
    now: 5,
  });
  const [write] = note?.writes ?? [];
  assert.ok(write?.action === "note-attempts");
  assert.equal(write.attempts.failed.length, 10);
  assert.equal(write.attempts.failed[0]?.machineID, "m2");
  assert.deepEqual(write.attempts.failed.at(-1), { machineID: "m11", since: 100, at: 5, reason: "It crashed." });
  assert.equal(note?.sentence, "a.service keeps failing on machine m11: It crashed.");
});

test("failed attempts are deleted when the unit has recovered, was changed or destroyed", () => {
  const known = cluster("m1", "a @m1 x:m2");
  const recovered = decide(known, { ...NO_TIME, recovered: new Set(["a.service"]) });
  assert.deepEqual(recovered.map(brief), ["forget a"]);
  const attempts = new Map([["a.service", { unitRevision: 99, failed: [] }]]);
  assert.deepEqual(decide({ ...known, attempts }).map(brief), ["forget a"]);
  assert.deepEqual(decide({ ...known, units: new Map() }).map(brief), ["unplace a m1", "forget a"]);
});

test("the pause before a failing unit moves grows", () => {
  const after = (count: number): number =>
    pauseAfter(Array.from({ length: count }, () => ({ machineID: "m", since: 1, at: 0, reason: "" })));
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7, 10].map(after),
    [0, 30, 60, 120, 240, 480, 600, 600].map((s) => s * 1000),
  );
});

test("a move off a present machine deletes the old assignment in the same transaction", () => {
  const [move] = decide(cluster("m1 m2", "a MachineID=m2 @m1"));
  assert.deepEqual(
    move?.writes.map((write) => [write.action, "machineID" in write && write.machineID]),
    [
      ["unassign", "m1"],
      ["assign", "m2"],
    ],
  );
});

test("of two places, the older one stays", () => {
  const known = cluster("m1 m2", "a @m1 @m2");
  const [first, second] = [...(known.assignments.get("a.service")?.values() ?? [])];
  assert.ok(first && second);
  const parts = { machines: [...known.machines.values()], units: [...known.units.values()], states: [] };
  const snapshot = snapshotOf({ ...parts, assignments: [{ ...first, since: second.since + 1 }, second] });
  assert.deepEqual(decide(snapshot).map(brief), ["unplace a m1"]);
});
