import { testDecisions, testExplanations, testSentences } from "../fixture/test-cases.ts";

testDecisions([
  ["a unit goes to the machine that has the metadata", "m1 m2{zone=a}", ["a MachineMetadata=zone=a"], ["place a m2"]],
  [
    "one of several values of a key is enough",
    "m1 m2{zone=b}",
    ["a MachineMetadata=zone=a MachineMetadata=zone=b"],
    ["place a m2"],
  ],
  [
    "every key must match",
    "m1{zone=a} m2{zone=a,disk=ssd}",
    ["a MachineMetadata=zone=a MachineMetadata=disk=ssd"],
    ["place a m2"],
  ],
  [
    "units that ask for one key more are told apart",
    "m1{zone=a}",
    ["a MachineMetadata=zone=a MachineMetadata=disk=ssd", "b MachineMetadata=zone=a"],
    ["place b m1", "unplaceable a"],
  ],
  ["a unit waits when no machine has the metadata", "m1{zone=b}", ["a MachineMetadata=zone=a"], ["unplaceable a"]],
  ["changed metadata moves the unit", "m1{zone=b} m2{zone=a}", ["a MachineMetadata=zone=a @m1"], ["move a m1>m2"]],
  [
    "a unit leaves its machine when the metadata changed and no other machine fits",
    "m1{zone=b}",
    ["a MachineMetadata=zone=a @m1"],
    ["unplace a m1", "unplaceable a"],
  ],
]);

testExplanations([
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
    "m1{kernel=5.10} m2{kernel=6.1}",
    ["a MachineMetadata=kernel>=6.5"],
    [
      "a.service cannot be placed",
      "2 machines: metadata kernel>=6.5 is not met (they have kernel=5.10 and kernel=6.1)",
      "the nearest fix: set a value of metadata kernel that is >= 6.5 on a machine such as m1",
    ],
  ],
  [
    "m1{zone=a}",
    ["a MachineMetadata=zone!=a"],
    [
      "a.service cannot be placed",
      "1 machine: metadata zone!=a is not met (it has zone=a)",
      "the nearest fix: set another value of metadata zone on a machine such as m1",
    ],
  ],
  [
    "m1{zone=a}",
    ["a MachineMetadata=zone,not,exists"],
    [
      "a.service cannot be placed",
      "1 machine: metadata zone not exists is not met (it has zone=a)",
      "the nearest fix: remove metadata zone on a machine such as m1",
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
]);

testSentences([
  [
    "m1{zone=b}",
    ["a MachineMetadata=zone=a @m1"],
    "a.service leaves machine m1: metadata zone=a is missing (it has zone=b)",
  ],
]);
