import { testDecisions, testExplanations, testSentences } from "../fixture/test-cases.ts";

testDecisions([
  [
    "a replacement takes the machine of the unit that it replaces",
    "m1 m2",
    ["a @m1", "x @m1", "b Replaces=a.service"],
    ["move a m1>m2", "place b m1"],
  ],
  [
    "a replacement of an inactive unit is placed like any unit",
    "m1 m2",
    ["a inactive", "b Replaces=a.service"],
    ["place b m1"],
  ],
  [
    "the replaced unit waits when no other machine is left",
    "m1",
    ["a @m1", "b Replaces=a.service"],
    ["unplace a m1", "place b m1", "unplaceable a"],
  ],
  ["a replacement on another machine stays there", "m1 m2", ["a @m1", "b Replaces=a.service @m2"], []],
  [
    "the replaced unit moves when both share a machine",
    "m1 m2",
    ["a @m1", "b Replaces=a.service @m1"],
    ["move a m1>m2"],
  ],
  [
    "a replacement is placed before the unit that it replaces",
    "m1 m2",
    ["a", "b Replaces=a.service"],
    ["place a m2", "place b m1"],
  ],
  [
    "a replacement whose anchor is placed in the same pass waits for the next pass",
    "m1 m2",
    ["v @m1", "t MachineID=m1", "r Replaces=v.service MachineOf=t.service"],
    ["place t m1", "unplaceable r"],
  ],
  [
    "a replacement with a placed anchor takes the machine",
    "m1 m2",
    ["v @m1", "t MachineID=m1 @m1", "r Replaces=v.service MachineOf=t.service"],
    ["move v m1>m2", "place r m1"],
  ],
  [
    "Replaces= matches by glob",
    "m1 m2",
    ["a1 @m1", "a2 @m1", "b Replaces=a*"],
    ["move a1 m1>m2", "move a2 m1>m2", "place b m1"],
  ],
  [
    "a replaced unit may also conflict with its replacement",
    "m1 m2",
    ["v Conflicts=r.service @m1", "r Replaces=v.service"],
    ["move v m1>m2", "place r m1"],
  ],
  ["a unit whose Replaces= matches itself is placed", "m1", ["a Replaces=a*"], ["place a m1"]],
  ["a cycle of two Replaces= is ignored", "m1", ["a Replaces=b.service @m1", "b Replaces=a.service"], ["place b m1"]],
  [
    "a cycle of three Replaces= is ignored",
    "m1",
    ["a Replaces=b.service", "b Replaces=c.service", "c Replaces=a.service"],
    ["place a m1", "place b m1", "place c m1"],
  ],
  [
    "a chain of replacements moves in one pass",
    "m1 m2 m3",
    ["a @m1", "b Replaces=a.service @m2", "c Replaces=b.service"],
    ["move a m1>m3", "move b m2>m1", "place c m2"],
  ],
  [
    "a chain of replacements that begins where it ends moves in one pass",
    "m1{z=a} m2",
    ["c @m1", "d Replaces=e.service @m1", "e Replaces=c.service @m2", "b Replaces=d.service MachineMetadata=z=a"],
    ["move c m1>m2", "move d m1>m2", "move e m2>m1", "place b m1"],
  ],
  [
    "of several replaced units, the first by name gives up its place",
    "m1 m2",
    ["b @m1", "c @m2", "a Replaces=c.service Replaces=b.service"],
    ["move b m1>m2", "place a m1"],
  ],
  [
    "followers move with a replaced unit",
    "m1 m2",
    ["a @m1", "f MachineOf=a.service @m1", "b Replaces=a.service"],
    ["move a m1>m2", "move f m1>m2", "place b m1"],
  ],
  [
    "a replacement goes elsewhere when its metadata excludes the machine",
    "m1 m2{z=a}",
    ["a @m1", "b Replaces=a.service MachineMetadata=z=a"],
    ["place b m2"],
  ],
  [
    "a replacement whose anchor follows the replaced unit is placed once the replaced unit is not in its way",
    "m1 m2",
    ["v @m1", "s MachineOf=v.service", "r Replaces=v.service MachineOf=s.service"],
    ["place r m1", "place s m1"],
  ],
]);

testExplanations([
  [
    "m1",
    ["a", "b Replaces=a.service @m1"],
    [
      "a.service cannot be placed",
      "1 machine: b.service has taken its place",
      "the nearest fix: add a machine, or stop b.service on machine m1",
    ],
  ],
  [
    "m1",
    ["v Conflicts=r.service", "r Replaces=v.service @m1"],
    [
      "v.service cannot be placed",
      "1 machine: r.service has taken its place",
      "the nearest fix: add a machine, or stop r.service on machine m1",
    ],
  ],
  [
    "m1",
    ["a", "b2 Replaces=a.service @m1", "b1 Replaces=a.service @m1", "b3 Replaces=a.service @m1"],
    [
      "a.service cannot be placed",
      "1 machine: b1.service has taken its place",
      "the nearest fix: add a machine, or stop b1.service on machine m1",
    ],
  ],
]);

testSentences([
  [
    "m1 m2",
    ["a @m1", "b Replaces=a.service @m1"],
    "a.service moves from machine m1 to m2: b.service has taken its place; of the machines that can take it this one has the fewest units (0)",
  ],
  [
    "m1",
    ["r Replaces=g.service", "g Global=true @m1"],
    "r.service goes to machine m1: of the machines that can take it this one has the fewest units (1)",
  ],
  [
    "m1 m2",
    ["f MachineOf=y.service @m1", "y @m1", "a Replaces=y.service Replaces=f.service"],
    "f.service moves from machine m1 to m2: a.service has taken its place; of the machines that can take it this one has the fewest units (1)",
  ],
  [
    "m1 m2",
    ["a Replaces=b.service", "b @m2", "c @m2"],
    "a.service goes to machine m2: it takes the place of b.service",
  ],
]);
