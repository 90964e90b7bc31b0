import { testDecisions, testExplanations, testSentences } from "../fixture/test-cases.ts";

testDecisions([
  [
    "a unit avoids a machine with a conflicting unit",
    "m1 m2",
    ["a @m1", "x @m2", "y @m2", "b Conflicts=a.service"],
    ["place b m2"],
  ],
  [
    "a unit avoids a machine whose unit names it in Conflicts=",
    "m1 m2",
    ["a @m1 Conflicts=b.service", "x @m2", "y @m2", "b"],
    ["place b m2"],
  ],
  [
    "Conflicts= matches by glob",
    "m1 m2 m3",
    ["w@1 Conflicts=w@*", "w@2 Conflicts=w@*"],
    ["place w@1 m1", "place w@2 m2"],
  ],
  [
    "one Conflicts= may name several units",
    "m1 m2",
    ["a @m1", "b @m2", "c Conflicts=a.service,b.service"],
    ["unplaceable c"],
  ],
  ["a unit does not conflict with itself", "m1", ["a Conflicts=*"], ["place a m1"]],
  [
    "a unit with Conflicts=* waits when every machine has a unit",
    "m1 m2",
    ["a @m1", "b @m2", "c Conflicts=*"],
    ["unplaceable c"],
  ],
  [
    "of two placed units, the one with Conflicts= moves",
    "m1 m2",
    ["a Conflicts=b.service @m1", "b @m1"],
    ["move a m1>m2"],
  ],
  [
    "of two placed units, the one with Conflicts= leaves although the other is global and came later",
    "m1 m2",
    ["a Conflicts=g.service @m1", "g Global=true @m1 @m2"],
    ["unplace a m1", "unplaceable a"],
  ],
  [
    "of two placed units that both have Conflicts=, the later one moves",
    "m1 m2",
    ["b Conflicts=a.service @m1", "a Conflicts=b.service @m1"],
    ["move a m1>m2"],
  ],
  ["an inactive unit conflicts with nothing", "m1", ["a inactive", "b Conflicts=a.service"], ["place b m1"]],
]);

testExplanations([
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
    "m1",
    ["a Conflicts=b*", "b2 @m1", "b1 @m1", "b3 @m1"],
    [
      "a.service cannot be placed",
      "1 machine: conflicts with b1.service",
      "the nearest fix: stop b1.service on machine m1, or add a machine",
    ],
  ],
]);

testSentences([
  ["m1", ["a Conflicts=b.service @m1", "b @m1"], "a.service leaves machine m1: conflicts with b.service"],
]);
