import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "./decide.ts";
import { NO_TIME } from "./history/moment.ts";
import { brief } from "./fixture/apply.ts";
import { cluster } from "./fixture/cluster.ts";
import { pauseAfter } from "./history/pause-after.ts";

/** What it is about, machines, units, and what is decided (unplaceable units are told too). */
type Case = readonly [about: string, machines: string, units: readonly string[], decided: readonly string[]];

const cases: readonly Case[] = [
  ["nothing to do", "m1 m2", [], []],
  ["a unit goes to the first machine by ID", "m2 m1", ["a"], ["place a m1"]],
  ["a loaded unit is placed too", "m1", ["a loaded"], ["place a m1"]],
  ["an inactive unit is not", "m1", ["a inactive"], []],
  ["the least loaded machine is taken", "m1 m2", ["a @m1", "b"], ["place b m2"]],
  ["units placed together see each other", "m1 m2", ["a", "b", "c"], ["place a m1", "place b m2", "place c m1"]],
  ["no machine", "", ["a"], ["unplaceable a"]],
  ["a unit that is where it should be stays", "m1 m2", ["a @m1", "b @m1"], []],
  ["a changed file is told to the machine", "m1", ["a @m1!"], ["update a m1"]],
  ["a unit made inactive leaves", "m1", ["a inactive @m1 ~m2"], ["unplace a m1", "unplace a m2"]],
  ["a destroyed unit leaves", "m1", ["a destroyed @m1"], ["unplace a m1"]],

  ["MachineID", "m1 m2", ["a MachineID=m2"], ["place a m2"]],
  ["MachineID of a machine that is away", "m1", ["a MachineID=m2"], ["unplaceable a"]],
  ["a pinned unit waits for its machine", "m1", ["a MachineID=m2 @m2"], ["unplaceable a"]],
  ["a changed MachineID moves", "m1 m2", ["a MachineID=m2 @m1"], ["move a m1>m2"]],

  ["metadata", "m1 m2{zone=a}", ["a MachineMetadata=zone=a"], ["place a m2"]],
  [
    "metadata, one of several values",
    "m1 m2{zone=b}",
    ["a MachineMetadata=zone=a MachineMetadata=zone=b"],
    ["place a m2"],
  ],
  [
    "metadata, all of several keys",
    "m1{zone=a} m2{zone=a,disk=ssd}",
    ["a MachineMetadata=zone=a MachineMetadata=disk=ssd"],
    ["place a m2"],
  ],
  ["metadata that nobody has", "m1{zone=b}", ["a MachineMetadata=zone=a"], ["unplaceable a"]],
  ["metadata that has changed moves", "m1{zone=b} m2{zone=a}", ["a MachineMetadata=zone=a @m1"], ["move a m1>m2"]],
  [
    "metadata that has changed, nowhere else to go",
    "m1{zone=b}",
    ["a MachineMetadata=zone=a @m1"],
    ["unplace a m1", "unplaceable a"],
  ],

  ["MachineOf goes where the target is", "m1 m2", ["a @m2", "b MachineOf=a.service"], ["place b m2"]],
  [
    "MachineOf in one call with its target, any order of names",
    "m1 m2",
    ["x @m1", "a MachineOf=z.service", "z"],
    ["place a m2", "place z m2"],
  ],
  [
    "MachineOf in a chain",
    "m1 m2",
    ["x @m1", "a MachineOf=b.service", "b MachineOf=c.service", "c"],
    ["place a m2", "place b m2", "place c m2"],
  ],
  ["MachineOf of an unknown unit", "m1", ["b MachineOf=a.service"], ["unplaceable b"]],
  ["MachineOf of an inactive unit", "m1", ["a inactive", "b MachineOf=a.service"], ["unplaceable b"]],
  [
    "a follower goes when its target does",
    "m1",
    ["a inactive @m1", "b MachineOf=a.service @m1"],
    ["unplace a m1", "unplace b m1", "unplaceable b"],
  ],
  [
    "a follower moves with its target",
    "m1{z=b} m2{z=a}",
    ["a MachineMetadata=z=a @m1", "b MachineOf=a.service @m1"],
    ["move a m1>m2", "move b m1>m2"],
  ],
  ["a follower that is elsewhere catches up", "m1 m2", ["a @m1", "b MachineOf=a.service @m2"], ["move b m2>m1"]],
  [
    "two targets in one place",
    "m1 m2",
    ["a @m2", "b @m2", "c MachineOf=a.service MachineOf=b.service"],
    ["place c m2"],
  ],
  [
    "two targets in two places",
    "m1 m2",
    ["a @m1", "b @m2", "c MachineOf=a.service MachineOf=b.service"],
    ["unplaceable c"],
  ],
  [
    "MachineOf in a circle",
    "m1",
    ["a MachineOf=b.service", "b MachineOf=a.service"],
    ["unplaceable a", "unplaceable b"],
  ],
  ["MachineOf of itself", "m1", ["a MachineOf=a.service"], ["unplaceable a"]],
  [
    "MachineOf of a global unit",
    "m1 m2{z=a}",
    ["g Global=true MachineMetadata=z=a", "b MachineOf=g.service"],
    ["place b m2", "place g m2"],
  ],

  ["a timer goes where its service is", "m1 m2", ["a @m2", "a.timer"], ["place a.timer m2"]],
  [
    "a socket, a path and a service come together, the socket first",
    "m1 m2",
    ["x @m1", "a", "a.path", "a.socket"],
    ["place a.socket m2", "place a.path m2", "place a m2"],
  ],
  ["an instance's timer goes with its instance", "m1 m2", ["a@1 @m2", "a@2 @m1", "a@1.timer"], ["place a@1.timer m2"]],
  ["a timer whose service the cluster does not know goes anywhere", "m1", ["a.timer"], ["place a.timer m1"]],
  ["a timer waits for a service that is inactive", "m1", ["a inactive", "a.timer"], ["unplaceable a.timer"]],
  [
    "a timer goes when its service does",
    "m1",
    ["a inactive @m1", "a.timer @m1"],
    ["unplace a m1", "unplace a.timer m1", "unplaceable a.timer"],
  ],
  ["a timer catches up with its service", "m1 m2", ["a @m1", "a.timer @m2"], ["move a.timer m2>m1"]],
  [
    "a timer moves with its service",
    "m1{z=b} m2{z=a}",
    ["a MachineMetadata=z=a @m1", "a.timer @m1"],
    ["move a m1>m2", "move a.timer m1>m2"],
  ],
  [
    "both move off a lost machine",
    "m2 m3",
    ["x @m2", "a @m1", "a.socket @m1"],
    ["move a.socket m1>m3", "move a m1>m3"],
  ],
  [
    "a service follows the socket that says where to be",
    "m1 m2{z=a}",
    ["a @m1", "a.socket MachineMetadata=z=a"],
    ["move a m1>m2", "place a.socket m2"],
  ],
  [
    "a pinned timer leads a service with metadata",
    "m1{z=a} m2{z=a}",
    ["a MachineMetadata=z=a", "a.timer MachineID=m2"],
    ["place a m2", "place a.timer m2"],
  ],
  [
    "a timer that may not be where its service is",
    "m1{z=a} m2{d=b}",
    ["a MachineMetadata=z=a", "a.timer MachineMetadata=d=b"],
    ["place a m1", "unplaceable a.timer"],
  ],
  [
    "pinned apart they stay apart",
    "m1 m2",
    ["a MachineID=m1", "a.timer MachineID=m2"],
    ["place a m1", "place a.timer m2"],
  ],
  ["a global service has its timer anywhere", "m1 m2", ["a Global=true @m1 @m2", "a.timer @m1"], []],
  ["a service in conflict with its timer", "m1 m2", ["a Conflicts=a.timer @m1", "a.timer"], ["place a.timer m2"]],
  ["an explicit MachineOf the other way", "m1 m2", ["a MachineOf=a.timer", "a.timer @m2"], ["place a m2"]],
  [
    "a trigger link does not make a circle with MachineOf",
    "m1 m2",
    ["x @m1", "a MachineOf=b.service", "b MachineOf=a.timer", "a.timer"],
    ["place a m2", "place a.timer m2", "place b m2"],
  ],

  ["Conflicts", "m1 m2", ["a @m1", "x @m2", "y @m2", "b Conflicts=a.service"], ["place b m2"]],
  ["Conflicts of the other side", "m1 m2", ["a @m1 Conflicts=b.service", "x @m2", "y @m2", "b"], ["place b m2"]],
  ["Conflicts by glob", "m1 m2 m3", ["w@1 Conflicts=w@*", "w@2 Conflicts=w@*"], ["place w@1 m1", "place w@2 m2"]],
  [
    "Conflicts, several in one option",
    "m1 m2",
    ["a @m1", "b @m2", "c Conflicts=a.service,b.service"],
    ["unplaceable c"],
  ],
  ["a unit does not conflict with itself", "m1", ["a Conflicts=*"], ["place a m1"]],
  ["Conflicts with all others", "m1 m2", ["a @m1", "b @m2", "c Conflicts=*"], ["unplaceable c"]],
  ["the unit that begins to conflict gives way", "m1 m2", ["a Conflicts=b.service @m1", "b @m1"], ["move a m1>m2"]],
  [
    "of two that conflict the newcomer gives way",
    "m1 m2",
    ["b Conflicts=a.service @m1", "a Conflicts=b.service @m1"],
    ["move a m1>m2"],
  ],
  ["what conflicts with nothing wanted is placed", "m1", ["a inactive", "b Conflicts=a.service"], ["place b m1"]],

  ["Global", "m1 m2", ["g Global=true"], ["place g m1", "place g m2"]],
  ["Global by metadata", "m1 m2{z=a}", ["g Global=true MachineMetadata=z=a"], ["place g m2"]],
  ["Global keeps off a conflicting unit", "m1 m2", ["a @m1", "g Global=true Conflicts=a.service"], ["place g m2"]],
  [
    "a unit keeps off a conflicting global one",
    "m1",
    ["g Global=true Conflicts=a.service @m1", "a"],
    ["unplaceable a"],
  ],
  [
    "of a new unit and a new global one the global one gives way",
    "m1 m2",
    ["g Global=true Conflicts=a.service", "a"],
    ["place a m1", "place g m2"],
  ],
  ["a global unit comes to a machine that joins", "m1 m2", ["g Global=true @m1"], ["place g m2"]],
  ["a global unit keeps its place on a lost machine", "m1", ["g Global=true @m1 @m2"], []],
  [
    "a global unit leaves a machine that it may not be on",
    "m1 m2{z=a}",
    ["g Global=true MachineMetadata=z=a @m1 @m2"],
    ["unplace g m1"],
  ],
  ["a global unit that no machine may have", "m1", ["g Global=true MachineMetadata=z=a"], ["unplaceable g"]],
  [
    "global units count as load",
    "m1 m2{z=a}",
    ["g Global=true MachineMetadata=z=a @m2", "a", "b"],
    ["place a m1", "place b m1"],
  ],
  ["a unit becomes global", "m1 m2", ["g Global=true @m1"], ["place g m2"]],
  ["a unit is global no more", "m1 m2", ["g @m1 @m2"], ["unplace g m2"]],

  ["Replaces takes the place", "m1 m2", ["a @m1", "x @m1", "b Replaces=a.service"], ["move a m1>m2", "place b m1"]],
  ["Replaces of a unit that is not placed", "m1 m2", ["a inactive", "b Replaces=a.service"], ["place b m1"]],
  [
    "Replaces without another machine",
    "m1",
    ["a @m1", "b Replaces=a.service"],
    ["unplace a m1", "place b m1", "unplaceable a"],
  ],
  ["Replaces, already apart", "m1 m2", ["a @m1", "b Replaces=a.service @m2"], []],
  ["Replaces, both in one place", "m1 m2", ["a @m1", "b Replaces=a.service @m1"], ["move a m1>m2"]],
  ["Replaces, placed together", "m1 m2", ["a", "b Replaces=a.service"], ["place a m2", "place b m1"]],
  [
    "Replaces, bound to a target that comes in the same call, waits a round",
    "m1 m2",
    ["v @m1", "t MachineID=m1", "r Replaces=v.service MachineOf=t.service"],
    ["place t m1", "unplaceable r"],
  ],
  [
    "Replaces, bound to a target that is there",
    "m1 m2",
    ["v @m1", "t MachineID=m1 @m1", "r Replaces=v.service MachineOf=t.service"],
    ["move v m1>m2", "place r m1"],
  ],
  [
    "Replaces by glob",
    "m1 m2",
    ["a1 @m1", "a2 @m1", "b Replaces=a*"],
    ["move a1 m1>m2", "move a2 m1>m2", "place b m1"],
  ],
  ["circular Replaces is ignored", "m1", ["a Replaces=b.service @m1", "b Replaces=a.service"], ["place b m1"]],
  [
    "circular Replaces over three is ignored",
    "m1",
    ["a Replaces=b.service", "b Replaces=c.service", "c Replaces=a.service"],
    ["place a m1", "place b m1", "place c m1"],
  ],
  [
    "Replaces in a chain",
    "m1 m2 m3",
    ["c @m1", "b Replaces=c.service @m2", "a Replaces=b.service"],
    ["move b m2>m1", "move c m1>m3", "place a m2"],
  ],
  [
    "followers move with a replaced unit",
    "m1 m2",
    ["a @m1", "f MachineOf=a.service @m1", "b Replaces=a.service"],
    ["move a m1>m2", "move f m1>m2", "place b m1"],
  ],
  [
    "a replacement must be allowed there",
    "m1 m2{z=a}",
    ["a @m1", "b Replaces=a.service MachineMetadata=z=a"],
    ["place b m2"],
  ],
  [
    "a replacement does not come to one that its own follower is bound to",
    "m1 m2",
    ["v @m1", "s MachineOf=v.service", "r Replaces=v.service MachineOf=s.service"],
    ["place r m1", "place s m1"],
  ],

  ["a lost machine's unit moves and leaves a copy", "m2", ["a @m1"], ["move a m1>m2"]],
  [
    "a lost machine's unit that fits nowhere else keeps its place",
    "m2",
    ["a @m1", "b @m2 Conflicts=a.service"],
    ["unplaceable a"],
  ],
  [
    "a file that changes meanwhile reaches the lost machine",
    "m2",
    ["a @m1! MachineID=m1"],
    ["update a m1", "unplaceable a"],
  ],
  [
    "a target and its follower move off a lost machine",
    "m2",
    ["a @m1", "b @m1 MachineOf=a.service"],
    ["move a m1>m2", "move b m1>m2"],
  ],
  [
    "a follower stays with a target that has to wait",
    "m2",
    ["a @m1 MachineID=m1", "b @m1 MachineOf=a.service"],
    ["unplaceable a", "unplaceable b"],
  ],
  [
    "during a hold a lost machine's units keep their place",
    "m1 m2? m3? m4?",
    ["a @m2", "b @m3 MachineOf=a.service"],
    [],
  ],
  ["and so do global ones", "m1 m2? m3?", ["g Global=true @m1 @m2"], []],
  ["new units are placed meanwhile", "m1 m2? m3?", ["a @m2", "b"], ["place b m1"]],
  ["units of a machine that was lost earlier move", "m1 m2? m3?", ["a @m2", "b @m4"], ["move b m4>m1"]],
  ["what a user asks for is done", "m1 m2? m3?", ["a inactive @m2", "b @m3!"], ["unplace a m2", "update b m3"]],
  ["a copy that still runs is gone back to", "m1 m2? m3?", ["a ~m1 @m2"], ["move a m2>m1"]],
  ["a unit that systemd has given up is noted", "m1 m2", ["a @m1 %m1"], ["note a m1"]],
  ["once for each place", "m1 m2", ["a @m1 %m1 X:m1"], []],
  ["again in another place", "m1 m2", ["a @m1 %m1 x:m2"], ["note a m1"]],
  ["not if it is pinned", "m1 m2", ["a @m1 %m1 MachineID=m1"], []],
  ["not if it is global", "m1 m2", ["a @m1 @m2 %m1 Global=true"], []],
  ["not if its file says so", "m1 m2", ["a @m1 %m1 MoveOnFailure=no"], []],
  ["not if it is only to be loaded", "m1 m2", ["a loaded @m1 %m1"], []],
  ["not where it is left to run", "m1 m2", ["a ~m1 %m1 @m2"], []],
  ["what a destroyed unit has failed is forgotten", "m1", ["a destroyed x:m1"], []],
  ["a copy stays until the unit is up", "m1 m2", ["a ~m1 @m2"], []],
  ["a copy stays while the unit is loaded only", "m1 m2", ["a ~m1 @m2 -m2"], []],
  ["a copy goes once the unit is up", "m1 m2", ["a ~m1 @m2 +m2"], ["end-copy a m1"]],
  [
    "a copy of a unit that is only to be loaded goes once that is so",
    "m2",
    ["a loaded ~m1 @m2 -m2"],
    ["end-copy a m1"],
  ],
  ["a copy does not count as load", "m1 m2", ["a ~m1 @m2", "b"], ["place b m1"]],
  ["both machines lost", "m3", ["a ~m1 @m2"], ["move a m2>m3"]],
  ["the copy is there and the new place lost: back to it", "m1 m3", ["x @m1", "a ~m1 @m2"], ["move a m2>m1"]],
  [
    "a copy that may not stay, and no other place",
    "m1{z=b}",
    ["a MachineMetadata=z=a ~m1"],
    ["end-copy a m1", "unplaceable a"],
  ],
];

for (const [about, machines, units, decided] of cases) {
  test(about, () => {
    const steady = new Set(["a.service"]);
    assert.deepEqual(decide(cluster(machines, ...units), { ...NO_TIME, steady }).map(brief), decided);
  });
}

test("a move off a lost machine leaves a copy, and is void when the machine comes back", () => {
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

/** The same, for units that have failed where they are and have stayed there long enough. */
const failing: readonly Case[] = [
  ["a unit that keeps failing moves", "m1 m2", ["a @m1 %m1 X:m1"], ["move a m1>m2"]],
  ["it stays if no other machine can take it", "m1 m2{z=a}", ["a @m2 %m2 X:m2 MachineMetadata=z=a"], []],
  ["it goes to the least loaded", "m1 m2 m3", ["x @m2", "a @m1 X:m1"], ["move a m1>m3"]],
  ["it goes where it has not failed before", "m1 m2 m3", ["x @m3", "a @m1 x:m2 X:m1"], ["move a m1>m3"]],
  ["else to where it failed longest ago", "m1 m2 m3", ["a @m1 x:m3 x:m2 X:m1"], ["move a m1>m3"]],
  ["even if it failed there twice", "m1 m2 m3", ["a @m1 x:m3 x:m2 x:m3 X:m1"], ["move a m1>m2"]],
  ["machines that are away are none", "m1 m2", ["a @m1 x:m3 X:m1"], ["move a m1>m2"]],
  ["it keeps off its conflicts", "m1 m2 m3", ["x @m2", "a @m1 X:m1 Conflicts=x.service"], ["move a m1>m3"]],
  [
    "its followers go with it",
    "m1 m2",
    ["a @m1 X:m1", "a.timer @m1", "b @m1 MachineOf=a.service"],
    ["move a m1>m2", "move a.timer m1>m2", "move b m1>m2"],
  ],
  ["a follower stays with its leader", "m1 m2", ["b @m1", "a @m1 X:m1 MachineOf=b.service"], []],
  ["an earlier failure moves nothing", "m1 m2", ["a @m1 x:m1"], []],
];

for (const [about, machines, units, decided] of failing) {
  test(`failing: ${about}`, () => {
    const rested = new Set(["a.service"]);
    const decisions = decide(cluster(machines, ...units), { ...NO_TIME, now: 5, rested });
    assert.deepEqual(decisions.map(brief), decided);
  });
}

test("a failed attempt is noted with the time and the machine's words, and the tenth before it forgotten", () => {
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

test("failed attempts are forgotten when the unit has recovered or was changed", () => {
  const known = cluster("m1", "a @m1 x:m2");
  const recovered = decide(known, { ...NO_TIME, recovered: new Set(["a.service"]) });
  assert.deepEqual(recovered.map(brief), ["forget a"]);
  const attempts = new Map([["a.service", { unitRevision: 99, failed: [] }]]);
  assert.deepEqual(decide({ ...known, attempts }).map(brief), ["forget a"]);
  assert.deepEqual(decide({ ...known, units: new Map() }).map(brief), ["unplace a m1", "forget a"]);
});

test("the pause before a unit moves on grows", () => {
  const after = (count: number): number =>
    pauseAfter(Array.from({ length: count }, () => ({ machineID: "m", since: 1, at: 0, reason: "" })));
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7, 10].map(after),
    [0, 30, 60, 120, 240, 480, 600, 600].map((s) => s * 1000),
  );
});

test("a move off a live machine takes the unit away at once", () => {
  const [move] = decide(cluster("m1 m2", "a MachineID=m2 @m1"));
  assert.deepEqual(
    move?.writes.map((write) => [write.action, "machineID" in write && write.machineID]),
    [
      ["unassign", "m1"],
      ["assign", "m2"],
    ],
  );
});
