import assert from "node:assert/strict";
import { test } from "node:test";
import { decide, explain } from "../decide.ts";
import { apply, brief } from "../fixture/apply.ts";
import { cluster } from "../fixture/cluster.ts";
import { NO_TIME } from "../history/moment.ts";
import { MOST_MOVING } from "./pace.ts";

/** m1 is drained in all of these; its deadline has passed where the third part says so. */
const cases: readonly (readonly [
  about: string,
  machines: string,
  units: readonly string[],
  decided: readonly string[],
  when?: "overdue" | "steady",
])[] = [
  ["a cordon keeps what is there", "m1(cordoned) m2", ["a @m1 +m1"], []],
  ["a cordoned machine gets nothing", "m1(cordoned) m2", ["a", "b"], ["place a m2", "place b m2"]],
  ["nothing is placed where all are cordoned", "m1(cordoned)", ["a"], ["unplaceable a"]],
  ["a cordon keeps a copy that still runs", "m1(cordoned) m2", ["a ~m1 +m1"], ["place a m1"]],
  [
    "a global unit stays on a cordoned machine, and comes to none",
    "m1(cordoned) m2(cordoned) m3",
    ["g Global=true @m1"],
    ["place g m3"],
  ],
  ["a unit moves", "m1(drained) m2", ["a @m1 +m1"], ["move a m1>m2"]],
  ["a unit that is down moves, too", "m1(drained) m2", ["a @m1 -m1"], ["move a m1>m2"]],
  ["a unit without another machine stays", "m1(drained)", ["a @m1 +m1"], []],
  ["a unit goes to no machine that is drained or cordoned", "m1(drained) m2(drained) m3(cordoned)", ["a @m1"], []],
  ["a unit with MachineID= stays", "m1(drained) m2", ["a MachineID=m1 @m1"], []],
  ["a unit with NeverMoves=true stays", "m1(drained) m2", ["a NeverMoves=true @m1"], []],
  [
    "a follower goes with its anchor",
    "m1(drained) m2",
    ["a @m1", "b MachineOf=a.service @m1"],
    ["move a m1>m2", "move b m1>m2"],
  ],
  [
    "an anchor whose follower cannot go stays, and so does the follower",
    "m1(drained) m2",
    ["a @m1", "b MachineOf=a.service NeverMoves=true @m1"],
    [],
  ],
  [
    "an anchor goes where its follower can go",
    "m1{z=a}(drained) m2 m3{z=a}",
    ["a @m1", "b MachineOf=a.service MachineMetadata=z=a @m1", "c @m3"],
    ["move a m1>m3", "move b m1>m3"],
  ],
  [
    "units with a common follower go together",
    "m1(drained) m2",
    ["a @m1", "b @m1", "c MachineOf=a.service MachineOf=b.service @m1"],
    ["move a m1>m2", "move b m1>m2", "move c m1>m2"],
  ],
  [
    "a timer goes with its service",
    "m1(drained) m2",
    ["a loaded @m1", "a.timer @m1"],
    ["move a m1>m2", "move a.timer m1>m2"],
  ],
  ["an exclusive unit stops first", "m1(drained) m2", ["a Exclusive=true @m1"], ["update a m1"]],
  ["an exclusive unit moves once it has stopped", "m1(drained) m2", ["a Exclusive=true ^m1 _m1"], ["move a m1>m2"]],
  [
    "units bound to an exclusive unit wait until it has stopped",
    "m1(drained) m2 m3",
    ["a Exclusive=true @m1", "b MachineOf=a.service @m1"],
    ["update a m1"],
  ],
  [
    "units bound to an exclusive unit go with it once it has stopped",
    "m1(drained) m2 m3",
    ["a Exclusive=true ^m1 _m1", "b MachineOf=a.service @m1", "c @m2"],
    ["move a m1>m3", "move b m1>m3"],
  ],
  ["an exclusive unit that is being stopped is not started again", "m1(drained) m2", ["a Exclusive=true ^m1"], []],
  ["an exclusive unit without another machine is not stopped", "m1(drained)", ["a Exclusive=true @m1"], []],
  ["a global unit stays while others are there", "m1(drained) m2", ["g Global=true @m1 @m2", "a MachineID=m1 @m1"], []],
  ["a global unit stays while a copy is there", "m1(drained) m2", ["g Global=true @m1 @m2", "a ~m1 +m1 @m2"], []],
  ["a global unit leaves last", "m1(drained) m2", ["g Global=true @m1 @m2", "a @m2"], ["unplace g m1"]],
  ["a copy stays until the unit is up", "m1(drained) m2", ["a ~m1 +m1 @m2"], []],
  ["a copy ends when the unit is up", "m1(drained) m2", ["a ~m1 +m1 @m2 +m2"], ["end-copy a m1"], "steady"],
  ["a copy ends at the deadline", "m1(drained,deadline=1) m2", ["a ~m1 +m1 @m2"], ["end-copy a m1"], "overdue"],
  ["the unit continues with its copy if nothing else can take it", "m1(drained)", ["a ~m1 +m1"], ["place a m1"]],
  ["the unit goes elsewhere rather than continue with its copy", "m1(drained) m2", ["a ~m1 +m1"], ["place a m2"]],
  ["a unit that fails in its new place does not return", "m1(drained) m2", ["a ~m1 +m1 @m2 %m2"], ["note a m2"]],
  [
    "at the deadline, what is left stops",
    "m1(drained,deadline=1) m2",
    ["a MachineID=m1 @m1"],
    ["unplace a m1", "unplaceable a"],
    "overdue",
  ],
  ["at the deadline, what can move moves", "m1(drained,deadline=1) m2", ["a @m1"], ["move a m1>m2"], "overdue"],
  [
    "at the deadline, no copy is taken back",
    "m1(drained,deadline=1)",
    ["a ~m1 +m1"],
    ["end-copy a m1", "unplaceable a"],
    "overdue",
  ],
  ["a copy stays while the unit waits for a machine that is away", "m1(drained) m2? m3", ["a ~m1 +m1 @m2"], []],
  [
    "at the deadline, a copy ends although the unit waits for a machine that is away",
    "m1(drained,deadline=1) m2? m3",
    ["a ~m1 +m1 @m2"],
    ["end-copy a m1"],
    "overdue",
  ],
  [
    "at the deadline, an exclusive unit stops",
    "m1(drained,deadline=1)",
    ["a Exclusive=true @m1"],
    ["update a m1"],
    "overdue",
  ],
  [
    "MinAvailable= keeps the second of two",
    "m1(drained) m2",
    ["w@1 MinAvailable=1 @m1 +m1", "w@2 MinAvailable=1 @m1 +m1"],
    ["move w@1 m1>m2"],
  ],
  [
    "MinAvailable= keeps both of two",
    "m1(drained) m2",
    ["w@1 MinAvailable=2 @m1 +m1", "w@2 MinAvailable=2 @m1 +m1"],
    [],
  ],
  ["MinAvailable= in percent is rounded up", "m1(drained) m2", ["w@1 MinAvailable=51% @m1 +m1", "w@2 @m2 +m2"], []],
  [
    "MinAvailable= does not keep a unit that is down",
    "m1(drained) m2",
    ["w@1 MinAvailable=1 @m1", "w@2 MinAvailable=1 @m1 +m1"],
    ["move w@1 m1>m2"],
  ],
  [
    "MinAvailable= counts no unit whose copy still runs",
    "m1(drained) m2",
    ["w@1 MinAvailable=1 ~m1 +m1 @m2 +m2", "w@2 MinAvailable=1 @m1 +m1"],
    [],
  ],
  ["units of other machines stay", "m1(drained) m2 m3", ["a @m2", "b @m2", "c @m2"], []],
];

for (const [about, machines, units, decided, when] of cases)
  test(`a drained or cordoned machine: ${about}`, () => {
    const names = units.map((unit) => `${unit.split(" ")[0] ?? ""}.service`);
    const moment = {
      ...NO_TIME,
      ...(when === "overdue" && { overdue: new Set(["m1"]) }),
      ...(when === "steady" && { steady: new Set(names) }),
    };
    const snapshot = cluster(machines, ...units);
    const decisions = decide(snapshot, moment);
    assert.deepEqual(decisions.map(brief), decided);
  });

test("a unit that moves leaves a copy, a timer does not", () => {
  const decisions = decide(cluster("m1(drained) m2", "a loaded @m1", "a.timer @m1"));
  assert.deepEqual(
    decisions.map(({ unit, writes: [first] }) => [unit, first?.action === "assign" && first.record.leaving]),
    [
      ["a.service", true],
      ["a.timer", false],
    ],
  );
});

test("a job that still runs keeps its copy until it ends", () => {
  const snapshot = cluster("m1(drained) m2", "a loaded ~m1 -m1 @m2 -m2");
  const states = new Map(snapshot.states);
  const of = new Map(states.get("a.service"));
  const state = of.get("m1") ?? assert.fail();
  states.set("a.service", of.set("m1", { ...state, active: "activating", sub: "start" }));
  assert.deepEqual(decide({ ...snapshot, states }).map(brief), []);
  assert.deepEqual(decide(snapshot).map(brief), ["end-copy a m1"]);
});

test("a few units move at once; the next ones when these are up", () => {
  const units = Array.from({ length: 20 }, (_, index) => `u${String(index).padStart(2, "0")}`);
  const before = cluster("m1(drained) m2 m3", ...units.map((unit) => `${unit} @m1 +m1`));
  const first = decide(before);
  assert.equal(first.length, MOST_MOVING);
  assert.deepEqual(decide(apply(before, first)), [], "the second pass does nothing");
  const two = cluster(
    "m1(drained) m2 m3",
    ...units.map(
      (unit, index) => `${unit} ${index < MOST_MOVING ? `~m1 +m1 @m2${index < 2 ? " +m2" : ""}` : "@m1 +m1"}`,
    ),
  );
  assert.deepEqual(decide(two).map(brief), ["move u08 m1>m3", "move u09 m1>m3"]);
});

test("the decision and the reasons name the drain, its reason, and what keeps a unit", () => {
  const [move] = decide(cluster("m1(drained) m2", "a @m1"));
  assert.match(
    move?.sentence ?? "",
    /^a\.service moves from machine m1 to m2: the machine is drained \(new disk\); of the/,
  );
  assert.equal(move?.reason.code, "drained");
  const why = (machines: string, ...units: string[]) => explain(cluster(machines, ...units), "a.service");
  assert.deepEqual(why("m1(drained) m2", "a MachineID=m1 @m1"), [
    "a.service stays on machine m1, which is drained",
    "a.service has MachineID=m1",
  ]);
  assert.deepEqual(why("m1(drained,deadline=9)", "a @m1"), [
    "a.service stays on machine m1, which is drained; it is stopped at the deadline",
    "no other machine can take it",
  ]);
  assert.deepEqual(why("m1(cordoned) m2(drained)", "a"), [
    "a.service cannot be placed",
    "1 machine: it is cordoned (new kernel)",
    "1 machine: it is being drained (new disk)",
    "the nearest fix: run fleetctl uncordon m1",
  ]);
});

test("a hold after a mass loss and a drain do not disturb each other", () => {
  const decisions = decide(cluster("m1(drained) m2 m3? m4?", "a @m1 +m1", "b @m3", "c @m4"));
  assert.deepEqual(decisions.map(brief), ["move a m1>m2"]);
});

const moves: readonly (readonly [
  about: string,
  machines: string,
  units: readonly string[],
  decided: readonly string[],
])[] = [
  ["to the named machine", "m1 m2 m3", ["a @m1 +m1 move:m3"], ["move a m1>m3"]],
  ["to the best other machine", "m1 m2 m3", ["a @m1 +m1 move:", "b @m2"], ["move a m1>m3"]],
  ["with its followers", "m1 m2", ["a @m1 move:m2", "b MachineOf=a.service @m1"], ["move a m1>m2", "move b m1>m2"]],
  ["with its anchor", "m1 m2", ["a @m1", "b MachineOf=a.service @m1 move:m2"], ["move a m1>m2", "move b m1>m2"]],
  [
    "not where a rule forbids it",
    "m1 m2{z=b}",
    ["a MachineMetadata=z=a @m1 move:m2"],
    ["unplace a m1", "unplaceable a"],
  ],
  ["not where it conflicts", "m1 m2", ["a @m1 move:m2 Conflicts=b.service", "b @m2"], []],
  ["not to a cordoned machine", "m1 m2(cordoned)", ["a @m1 move:m2"], []],
  ["once: the copy that is left is no reason to move again", "m1 m2", ["a ~m1 +m1 @m2 +m2 move:m2"], []],
  ["not again after it has failed", "m1 m2", ["a @m1 +m1 x:m2 move:m2"], []],
  ["exclusive: it stops first", "m1 m2", ["a Exclusive=true @m1 move:m2"], ["update a m1"]],
  ["exclusive: once stopped", "m1 m2 m3", ["a Exclusive=true ^m1 _m1 move:m3"], ["move a m1>m3"]],
];

for (const [about, machines, units, decided] of moves)
  test(`a requested move: ${about}`, () => assert.deepEqual(decide(cluster(machines, ...units)).map(brief), decided));
