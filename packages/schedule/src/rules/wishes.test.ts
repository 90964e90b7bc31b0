import { type Case, testDecisions, testSentences } from "../fixture/test-cases.ts";

const cases: readonly Case[] = [
  ["Prefers= takes the machine that it names", "m1{zone=a} m2{zone=b}", ["a Prefers=zone=b"], ["place a m2"]],
  ["Prefers= is a wish only", "m1{zone=a}", ["a Prefers=zone=b"], ["place a m1"]],
  [
    "of several preferences the weights add up",
    "m1{zone=a} m2{zone=b} m3{zone=b,disk=ssd}",
    ["a Prefers=30,zone=a Prefers=20,zone=b Prefers=20,disk=ssd"],
    ["place a m3"],
  ],
  ["Prefers= counts more than the number of units", "m1 m2{zone=b}", ["x @m2", "a Prefers=zone=b"], ["place a m2"]],
  [
    "MachineMetadata= counts more than Prefers=",
    "m1{z=a} m2{z=b}",
    ["a MachineMetadata=z=a Prefers=z=b"],
    ["place a m1"],
  ],
  ["Prefers= moves no unit", "m1{zone=a} m2{zone=b}", ["a Prefers=zone=b @m1"], []],
  [
    "Avoids= takes a machine without the unit",
    "m1 m2",
    ["b @m1", "x @m2", "y @m2", "a Avoids=b.service"],
    ["place a m2"],
  ],
  ["Avoids= is a wish only", "m1", ["b @m1", "a Avoids=b.service"], ["place a m1"]],
  ["a unit avoids those that avoid it", "m1 m2", ["b Avoids=a.* @m1", "x @m2", "y @m2", "a"], ["place a m2"]],
  [
    "where units to avoid are everywhere, the machine with the fewest",
    "m1 m2",
    ["b1 @m1", "b2 @m1", "b3 @m2", "x @m2", "y @m2", "a Avoids=b*"],
    ["place a m2"],
  ],
  ["Prefers= counts more than Avoids=", "m1{z=a} m2", ["b @m1", "a Avoids=b.service Prefers=z=a"], ["place a m1"]],
  [
    "instances of a template are spread over the machines",
    "m1 m2",
    ["x @m2", "y @m2", "z @m2", "w@1.service", "w@2.service"],
    ["place w@1 m1", "place w@2 m2"],
  ],
  [
    "instances that are packed are not",
    "m1 m2",
    ["x @m2", "w@1.service Strategy=pack", "w@2.service Strategy=pack"],
    ["place w@1 m2", "place w@2 m2"],
  ],
  [
    "instances are spread over zones, and over the machines of each",
    "m1{zone=a} m2{zone=a} m3{zone=b}",
    [
      "w@1.service SpreadBy=zone",
      "w@2.service SpreadBy=zone",
      "w@3.service SpreadBy=zone",
      "w@4.service SpreadBy=zone",
    ],
    ["place w@1 m1", "place w@2 m3", "place w@3 m2", "place w@4 m3"],
  ],
  [
    "machines without the key come last",
    "m1 m2{zone=b}",
    ["w@1.service SpreadBy=zone", "w@2.service SpreadBy=zone"],
    ["place w@1 m2", "place w@2 m2"],
  ],
  [
    "units that are no instances are spread with those that have the same SpreadBy=",
    "m1{zone=a} m2{zone=b}",
    ["a SpreadBy=zone @m1", "x @m2", "y @m2", "b SpreadBy=zone"],
    ["place b m2"],
  ],
  [
    "pack takes the machine with the most units that passes",
    "m1 m2 m3(units=2)",
    ["x @m2", "y @m3", "z @m3", "a Strategy=pack"],
    ["place a m2"],
  ],
  [
    "MaxPerMachine= limits the instances on one machine",
    "m1 m2",
    ["w@1.service MaxPerMachine=1", "w@2.service MaxPerMachine=1", "w@3.service MaxPerMachine=1"],
    ["place w@1 m1", "place w@2 m2", "unplaceable w@3"],
  ],
  [
    "MaxPerMachine= counts the instances of other templates apart",
    "m1",
    ["v@1.service @m1", "w@1.service MaxPerMachine=1"],
    ["place w@1 m1"],
  ],
  [
    "an instance without a limit does not join one with a limit",
    "m1",
    ["w@1.service MaxPerMachine=1 @m1", "w@2.service"],
    ["unplaceable w@2"],
  ],
  [
    "a lower MaxPerMachine= moves the instances that came last",
    "m1 m2",
    ["w@2.service MaxPerMachine=1 @m1!", "w@1.service MaxPerMachine=1 @m1!"],
    ["move w@1 m1>m2", "update w@2 m1"],
  ],
];

testDecisions(cases);

testSentences([
  [
    "m1{zone=a} m2{zone=b}",
    ["w@1.service SpreadBy=zone Prefers=20,zone=a Prefers=10,zone=c Avoids=b.service", "b @m1"],
    "w@1.service goes to machine m1: of the machines that can take it this one is best (Prefers 20 of 30, 1 unit to avoid, " +
      "zone=a with no other instances of w@.service, no other instances of w@.service, 1 unit)",
  ],
  [
    "m1 m2",
    ["a Strategy=pack", "b @m2"],
    "a.service goes to machine m2: of the machines that can take it this one is best (1 unit)",
  ],
  [
    "m1",
    ["w@2.service MaxPerMachine=1", "w@1.service @m1"],
    "w@2.service cannot be placed: 1 machine: 1 other instance of w@.service there, as many as MaxPerMachine= allows; " +
      "the nearest fix: add a machine, or raise MaxPerMachine= of w@2.service",
  ],
]);
