import { reservable } from "@flotilla/model";
import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../decide.ts";
import { cluster, snapshotOf, unitOf } from "../fixture/cluster.ts";
import { type Case, testDecisions, testExplanations } from "../fixture/test-cases.ts";

const cases: readonly Case[] = [
  ["a unit goes where enough memory is left", "m1(memory=1) m2(memory=4)", ["a MemoryReserve=2G"], ["place a m2"]],
  [
    "a unit goes where enough cores are left",
    "m1(cpus=2) m2(cpus=4)",
    ["x CPUReserve=1 @m1", "a CPUReserve=1.5"],
    ["place a m2"],
  ],
  ["a unit goes where enough disk is left", "m1(disk=1) m2(disk=2)", ["a DiskReserve=2G"], ["place a m2"]],
  ["a machine whose disk is unknown takes any reservation", "m1", ["a DiskReserve=2G"], ["place a m1"]],
  [
    "a unit without reservations goes to a full machine",
    "m1(memory=1)",
    ["x MemoryReserve=1G @m1", "a"],
    ["place a m1"],
  ],
  [
    "units placed in one pass see each other's reservations",
    "m1(memory=4) m2(memory=4)",
    ["a MemoryReserve=3G", "b MemoryReserve=3G", "c MemoryReserve=1G", "d MemoryReserve=2G"],
    ["place a m1", "place b m2", "place c m1", "unplaceable d"],
  ],
  [
    "an unchanged unit stays on a machine that has become too small",
    "m1(memory=1) m2(memory=4)",
    ["a MemoryReserve=2G @m1"],
    [],
  ],
  [
    "a unit whose changed file fits is updated in place",
    "m1(memory=4) m2(memory=4)",
    ["a MemoryReserve=4G @m1!"],
    ["update a m1"],
  ],
  [
    "a unit whose changed file does not fit moves, and its followers with it",
    "m1(memory=4) m2(memory=4)",
    ["x MemoryReserve=1G @m1", "a MemoryReserve=4G @m1!", "f MachineOf=a.service @m1"],
    ["move a m1>m2", "move f m1>m2"],
  ],
  [
    "a changed global unit leaves the machines where it does not fit",
    "m1(memory=1) m2(memory=4)",
    ["g Global=true MemoryReserve=2G @m1! @m2!"],
    ["unplace g m1", "update g m2"],
  ],
  [
    "a follower is placed only where both fit",
    "m1(memory=2) m2(memory=4)",
    ["a MemoryReserve=2G @m1", "f MachineOf=a.service MemoryReserve=1G"],
    ["unplaceable f"],
  ],
  [
    "a machine takes as many units as it allows",
    "m1(units=1) m2(units=1)",
    ["a", "b", "c"],
    ["place a m1", "place b m2", "unplaceable c"],
  ],
  [
    "a lower number of units moves no unit, also with a changed file",
    "m1(units=1) m2",
    ["a @m1", "b @m1!"],
    ["update b m1"],
  ],
  [
    "copies that leave take no capacity",
    "m1(memory=1)",
    ["x MemoryReserve=1G ~m1 @m2", "a MemoryReserve=1G"],
    ["end-copy x m1", "place a m1", "unplaceable x"],
  ],
];

testDecisions(cases);

testExplanations([
  [
    "m1(memory=4) m2(memory=1)",
    ["a MemoryReserve=4G", "x MemoryReserve=1G @m1"],
    [
      "a.service cannot be placed",
      "2 machines: the unit reserves 4G of memory, but only 1G or 3G is free",
      "the nearest fix: free 4G of memory on machine m1, let a.service reserve less, or add a machine",
    ],
  ],
  [
    "m1(cpus=1) m2(cpus=8,disk=1.5) m3(units=0)",
    ["a CPUReserve=1.5 DiskReserve=20G"],
    [
      "a.service cannot be placed",
      "2 machines: the unit reserves 1.5 cores of CPU, but only 1 core is free",
      "1 machine: the unit reserves 20G of disk, but only 1.5G is free",
      "the nearest fix: free 20G of disk on machine m2, let a.service reserve less, or add a machine",
    ],
  ],
  [
    "m1(units=0)",
    ["a"],
    [
      "a.service cannot be placed",
      "1 machine: it has as many units as max_units allows",
      "the nearest fix: raise max_units of machine m1, stop a unit there, or add a machine",
    ],
  ],
]);

test("what units may reserve is what the machine has without its reserve, times the overcommit factor", () => {
  const [machine] = cluster("m1(cpus=4,memory=8)").machines.values();
  assert.ok(machine);
  const amounts = (of: Partial<typeof machine>): readonly number[] =>
    (["cpu", "memory", "disk"] as const).map((resource) => reservable({ ...machine, ...of }, resource));
  assert.deepEqual(amounts({}), [4000, 8 * 1024 ** 3, Number.POSITIVE_INFINITY]);
  assert.deepEqual(amounts({ reserve: { cpu: 500 }, overcommit: { cpu: 2, memory: 0.5 } }), [
    7000,
    4 * 1024 ** 3,
    Number.POSITIVE_INFINITY,
  ]);
  assert.deepEqual(amounts({ reserve: { cpu: 5000 } })[0], 0);
});

test("a unit that many full machines reject goes to the one with room", () => {
  const names = Array.from({ length: 40 }, (_, index) => `m${index + 10}`);
  const { machines } = cluster(names.map((name) => `${name}(memory=${name === "m44" ? 2 : 1})`).join(" "));
  const units = [unitOf("a.service", ["MemoryReserve=2G"], "launched", 1)];
  const decisions = decide(snapshotOf({ machines: [...machines.values()], units, assignments: [], states: [] }));
  assert.deepEqual(
    decisions.map((decision) => decision.kind === "place" && decision.to),
    ["m44"],
  );
});
