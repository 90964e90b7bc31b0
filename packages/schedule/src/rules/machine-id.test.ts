import { testDecisions, testExplanations, testSentences } from "../fixture/test-cases.ts";

testDecisions([
  ["a unit goes to the machine that MachineID= names", "m1 m2", ["a MachineID=m2"], ["place a m2"]],
  ["a unit waits when MachineID= names a machine that is away", "m1", ["a MachineID=m2"], ["unplaceable a"]],
  [
    "a unit with MachineID= keeps its assignment to a machine that is away",
    "m1",
    ["a MachineID=m2 @m2"],
    ["unplaceable a"],
  ],
  ["a changed MachineID= moves the unit", "m1 m2", ["a MachineID=m2 @m1"], ["move a m1>m2"]],
]);

testExplanations([
  [
    "m1{z=a} m2",
    ["a MachineID=m1 MachineMetadata=z=b"],
    [
      "a.service cannot be placed",
      "1 machine: MachineID names another machine, m1",
      "1 machine: metadata z=b is missing (it has z=a)",
      "the nearest fix: set metadata z=b on a machine such as m1",
    ],
  ],
  [
    "m1{z=a}",
    ["a MachineID=m1 MachineMetadata=z=b"],
    [
      "a.service cannot be placed",
      "1 machine: metadata z=b is missing (it has z=a)",
      "the nearest fix: set metadata z=b on a machine such as m1",
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
]);

testSentences([
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
]);
