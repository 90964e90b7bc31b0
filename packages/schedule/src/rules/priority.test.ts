import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../decide.ts";
import { apply, brief } from "../fixture/apply.ts";
import { cluster } from "../fixture/cluster.ts";
import { type Case, testDecisions, testExplanations, testSentences } from "../fixture/test-cases.ts";

const cases: readonly Case[] = [
  [
    "units with a higher priority are placed first",
    "m1(units=1)",
    ["a", "b Priority=1", "c Priority=-1"],
    ["place b m1", "unplaceable a", "unplaceable c"],
  ],
  [
    "an anchor is placed as soon as its follower with a higher priority",
    "m1(units=2)",
    ["a Priority=1", "b", "f MachineOf=b.service Priority=2"],
    ["place b m1", "place f m1", "unplaceable a"],
  ],
  [
    "without Preempts=, a placed unit is not evicted",
    "m1(memory=1)",
    ["a MemoryReserve=1G @m1", "b MemoryReserve=1G Priority=9"],
    ["unplaceable b"],
  ],
  [
    "a unit that is evicted goes elsewhere first",
    "m1{z=a}(memory=2) m2(memory=1)",
    ["a MemoryReserve=1G @m1", "b MemoryReserve=2G Priority=1 Preempts=true"],
    ["move a m1>m2"],
  ],
  [
    "a unit that is evicted and fits nowhere waits",
    "m1(memory=1)",
    ["a MemoryReserve=1G @m1", "b MemoryReserve=1G Priority=1 Preempts=true"],
    ["unplace a m1", "unplaceable a"],
  ],
  [
    "a unit of the same priority is not evicted",
    "m1(memory=1)",
    ["a MemoryReserve=1G Priority=1 @m1", "b MemoryReserve=1G Priority=1 Preempts=true"],
    ["unplaceable b"],
  ],
  [
    "the units with the lowest priority leave",
    "m1(memory=1) m2(memory=1)",
    [
      "a MemoryReserve=1G Priority=1 @m1",
      "x MemoryReserve=512M @m2",
      "y MemoryReserve=512M @m2",
      "b MemoryReserve=1G Priority=2 Preempts=true",
    ],
    ["unplace x m2", "unplace y m2", "unplaceable x", "unplaceable y"],
  ],
  [
    "of units with the same priority as few as possible leave",
    "m1(memory=3)",
    [
      "x MemoryReserve=512M @m1",
      "y MemoryReserve=512M @m1",
      "z MemoryReserve=2G @m1",
      "b MemoryReserve=1G Priority=1 Preempts=true",
    ],
    ["unplace z m1", "unplaceable z"],
  ],
  [
    "the machine where fewer units leave is taken",
    "m1(memory=2) m2(memory=2)",
    [
      "x MemoryReserve=1G @m1",
      "y MemoryReserve=1G @m1",
      "z MemoryReserve=2G @m2",
      "b MemoryReserve=2G Priority=1 Preempts=true",
    ],
    ["unplace z m2", "unplaceable z"],
  ],
  [
    "nobody leaves where the unit may not be",
    "m1{z=a}(memory=1) m2(memory=1)",
    ["x MemoryReserve=1G @m1", "b MemoryReserve=1G Priority=1 Preempts=true MachineMetadata=z=b"],
    ["unplaceable b"],
  ],
  [
    "nobody leaves if that is not enough",
    "m1(memory=1)",
    ["x MemoryReserve=1G @m1", "b MemoryReserve=2G Priority=1 Preempts=true"],
    ["unplaceable b"],
  ],
  [
    "a unit with a follower of a higher priority stays",
    "m1(memory=1)",
    ["x MemoryReserve=1G @m1", "f MachineOf=x.service Priority=5 @m1", "b MemoryReserve=1G Priority=1 Preempts=true"],
    ["unplaceable b"],
  ],
  [
    "a follower leaves with its anchor",
    "m1(memory=1)",
    ["x MemoryReserve=1G @m1", "f MachineOf=x.service @m1", "b MemoryReserve=1G Priority=1 Preempts=true"],
    ["unplace f m1", "unplace x m1", "unplaceable f", "unplaceable x"],
  ],
  [
    "a unit that never moves is not evicted, and neither is a global unit",
    "m1(memory=2)",
    [
      "x MemoryReserve=1G NeverMoves=true @m1",
      "g MemoryReserve=1G Global=true @m1",
      "b MemoryReserve=1G Priority=1 Preempts=true",
    ],
    ["unplaceable b"],
  ],
  [
    "the unit that it follows stays",
    "m1(memory=1)",
    ["x MemoryReserve=1G @m1", "b MachineOf=x.service MemoryReserve=1G Priority=1 Preempts=true"],
    ["unplaceable b"],
  ],
  [
    "a unit makes room on a machine that takes no more units",
    "m1(units=1)",
    ["x @m1", "b Priority=1 Preempts=true"],
    ["unplace x m1", "unplaceable x"],
  ],
  [
    "an exclusive unit stops before another takes its place",
    "m1(units=1)",
    ["x Exclusive=true @m1", "b Priority=1 Preempts=true"],
    ["update x m1"],
  ],
  [
    "a unit that is replaced, and makes room for itself elsewhere, leaves at once",
    "m1(units=1) m2(units=1)",
    ["b Priority=2 Preempts=true @m1", "a @m2", "w Replaces=b.service"],
    ["unplace a m2", "unplace b m1", "place w m1", "unplaceable a"],
  ],
  ["a unit that never moves waits for its machine", "m2", ["a NeverMoves=true @m1"], []],
  ["its follower waits, too", "m2", ["a NeverMoves=true @m1", "f MachineOf=a.service @m1"], ["unplaceable f"]],
];

testDecisions(cases);

test("a unit that preempts comes when the others have left, and then nothing is left to decide", () => {
  let snapshot = cluster(
    "m1(memory=2) m2(memory=1)",
    "x MemoryReserve=1G @m1",
    "y MemoryReserve=1G @m1",
    "b MemoryReserve=2G Priority=1 Preempts=true",
    "f MachineOf=b.service",
  );
  const passes: string[][] = [];
  for (let pass = 0; pass < 3; pass++) {
    const decisions = decide(snapshot);
    passes.push(decisions.filter(({ writes }) => writes.length > 0).map(brief));
    snapshot = apply(snapshot, decisions);
  }
  assert.deepEqual(passes, [["unplace y m1", "move x m1>m2"], ["place b m1", "place f m1"], []]);
});

testSentences([
  [
    "m1(memory=1)",
    ["a MemoryReserve=1G @m1", "b MemoryReserve=1G Priority=10 Preempts=true"],
    "a.service leaves machine m1: it makes room for b.service, whose priority is 10 (its own is 0)",
  ],
]);

testExplanations([
  [
    "m2",
    ["a NeverMoves=true @m1"],
    [
      "a.service is on machine m1, which is away",
      "it has NeverMoves=true: its data is there, so it does not move",
      "the nearest fix: bring machine m1 back; to give up the data, stop and start a.service",
    ],
  ],
]);
