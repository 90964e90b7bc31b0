import assert from "node:assert/strict";
import { test } from "node:test";
import { decide, explain } from "../decide.ts";
import { NO_TIME } from "../history/moment.ts";
import { cluster } from "../fixture/cluster.ts";

const long = "113f16a7dcb44f40b2dd2a5b6b2ed3a1";

/** Machines, units (asked is the first), and the answer. */
const cases: readonly (readonly [machines: string, units: readonly string[], lines: readonly string[]])[] = [
  ["m1", ["a inactive"], ["the desired state of a.service is inactive: load or start it to give it a machine"]],
  ["m1", ["a @m1"], []],
  [long, [`a @${long}`], []],
  ["m1", ["a"], []],
  ["m1 m2 m3", ["a Global=true @m1 @m2 @m3"], []],
  ["", ["a"], ["a.service cannot be placed", "no machine is in the cluster"]],
  [
    "m1{region=us} m2{region=us} m3{region=ap} m4",
    ["a MachineMetadata=region=eu"],
    [
      "a.service cannot be placed",
      "4 machines: metadata region=eu is missing (they have no region, region=ap and region=us)",
      "the nearest fix: set metadata region=eu on a machine such as m1",
    ],
  ],
  [
    "m1 m2{toString=x}",
    ["a MachineMetadata=constructor=x"],
    [
      "a.service cannot be placed",
      "2 machines: metadata constructor=x is missing (they have no constructor)",
      "the nearest fix: set metadata constructor=x on a machine such as m1",
    ],
  ],
  [
    "m1{region=us} m2{region=us} m3{region=us} m4{region=eu}",
    ["a MachineMetadata=region=eu Conflicts=db.service", "db @m4"],
    [
      "a.service cannot be placed",
      "3 machines: metadata region=eu is missing (they have region=us)",
      "1 machine: conflicts with db.service",
      "the nearest fix: stop db.service on machine m4, or add a machine",
    ],
  ],
  [
    "m2",
    ["a Exclusive=true @m1"],
    [
      "a.service is on machine m1, which is away",
      "it is exclusive: it moves once the guard on that machine has certainly stopped it",
    ],
  ],
  [
    "m1 m2? m3?",
    ["a @m2"],
    [
      "a.service stays on machine m2, which is away",
      "2 of 3 machines vanished together: their units are not moved for now",
      "the nearest fix: bring the machines back, or let their units move with fleetctl release-hold",
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
  [
    "m1{z=a} m2{d=b}",
    ["a MachineMetadata=z=a", "a.timer MachineID=m2", "b @m2 MachineMetadata=d=b"],
    [
      "a.service cannot be placed",
      "1 machine: metadata z=a is missing (it has no z)",
      "1 machine: it is triggered by a.timer, which is on m2",
      "the nearest fix: let a.timer run where a.service can",
    ],
  ],
  [
    "m1 m2",
    ["a MachineOf=b.service"],
    [
      "a.service cannot be placed",
      "2 machines: MachineOf names b.service, which the cluster does not know",
      "the nearest fix: submit and start b.service",
    ],
  ],
  [
    "m1",
    ["a MachineOf=b.service", "b inactive"],
    [
      "a.service cannot be placed",
      "1 machine: MachineOf names b.service, which is inactive",
      "the nearest fix: start b.service",
    ],
  ],
  [
    "m1",
    ["a MachineOf=b.service", "b MachineID=m2"],
    [
      "a.service cannot be placed",
      "1 machine: MachineOf names b.service, which has no machine itself",
      "the nearest fix: find out why b.service has no machine",
    ],
  ],
  [
    "m1 m2{z=a}",
    ["a MachineOf=b.service MachineMetadata=z=a", "b @m1"],
    [
      "a.service cannot be placed",
      "1 machine: metadata z=a is missing (it has no z)",
      "1 machine: MachineOf names b.service, which is on m1",
      "the nearest fix: let b.service run where a.service can",
    ],
  ],
  [
    "m1",
    ["a MachineOf=b.service", "b MachineOf=a.service"],
    [
      "a.service cannot be placed",
      "1 machine: MachineOf forms a circle (a.service -> b.service -> a.service)",
      "the nearest fix: remove MachineOf from one of a.service and b.service",
    ],
  ],
  [
    "m1",
    ["a", "b Replaces=a.service @m1"],
    [
      "a.service cannot be placed",
      "1 machine: b.service has taken its place",
      "the nearest fix: add a machine, or stop b.service on machine m1",
    ],
  ],
];

for (const [machines, units, lines] of cases) {
  test(`on [${machines}]: ${units.join(" | ")}`, () =>
    assert.deepEqual(explain(cluster(machines, ...units), "a.service"), lines));
}

test("an unknown unit is said to be unknown", () => {
  assert.deepEqual(explain(cluster("m1"), "a.service"), ["the cluster does not know a.service: submit it first"]);
});

test("a timer says what it waits for", () => {
  assert.deepEqual(explain(cluster("m1", "a inactive", "a.timer"), "a.timer"), [
    "a.timer cannot be placed",
    "1 machine: it triggers a.service, which is inactive",
    "the nearest fix: load a.service",
  ]);
});

/** Each decision says in one line what happens to which unit, where, and why. */
const sentences: readonly (readonly [machines: string, units: readonly string[], sentence: string])[] = [
  [
    "m1 m2",
    ["a", "b @m1"],
    "a.service goes to machine m2: of the machines that can take it this one has the fewest units (0)",
  ],
  [
    "m2",
    ["a @m1"],
    "a.service moves from machine m1 to m2: the machine is away; of the machines that can take it this one has the fewest units (0)",
  ],
  [
    "m1 m2",
    ["a @m1", "b Replaces=a.service @m1"],
    "a.service moves from machine m1 to m2: b.service has taken its place; of the machines that can take it this one has the fewest units (0)",
  ],
  [
    "m1 m2",
    ["a Replaces=b.service", "b @m2", "c @m2"],
    "a.service goes to machine m2: it takes the place of b.service",
  ],
  ["m1", ["a inactive @m1"], "a.service leaves machine m1: its desired state is inactive"],
  ["m1", ["a @m1!"], "a.service stays on machine m1: its unit file changed"],
  ["m2", ["a ~m1 @m2 +m2"], "the copy of a.service on machine m1 ends: it is up on m2"],
  [
    "m1a m2",
    ["a MachineID=m1"],
    "a.service cannot be placed: 2 machines: MachineID=m1 is not the whole ID of the machine m1a; the nearest fix: write MachineID=m1a in the unit file",
  ],
  [
    "m1a m1b",
    ["a MachineID=M1.../10.0.0.1"],
    "a.service cannot be placed: 2 machines: MachineID=M1.../10.0.0.1 is not the whole ID of machines m1a or m1b; the nearest fix: write MachineID=m1a in the unit file",
  ],
  [
    "m1 m2",
    ["a MachineID=m3"],
    "a.service cannot be placed: 2 machines: MachineID names another machine, m3, which is not in the cluster; the nearest fix: bring machine m3 back, or remove MachineID from the unit file",
  ],
];

for (const [machines, units, sentence] of sentences) {
  test(sentence, () => {
    const steady = new Set(["a.service"]);
    const decision = decide(cluster(machines, ...units), { ...NO_TIME, steady }).find(
      ({ unit }) => unit === "a.service",
    );
    assert.equal(decision?.sentence, sentence);
  });
}
