import { testDecisions, testExplanations, testSentences } from "../fixture/test-cases.ts";

testDecisions([
  ["a follower goes to its anchor's machine", "m1 m2", ["a @m2", "b MachineOf=a.service"], ["place b m2"]],
  [
    "anchor and follower are placed in one pass, whatever their names",
    "m1 m2",
    ["x @m1", "a MachineOf=z.service", "z"],
    ["place a m2", "place z m2"],
  ],
  [
    "a chain of followers is placed in one pass",
    "m1 m2",
    ["x @m1", "a MachineOf=b.service", "b MachineOf=c.service", "c"],
    ["place a m2", "place b m2", "place c m2"],
  ],
  ["a follower of an unknown unit waits", "m1", ["b MachineOf=a.service"], ["unplaceable b"]],
  ["a follower of an inactive unit waits", "m1", ["a inactive", "b MachineOf=a.service"], ["unplaceable b"]],
  [
    "a follower leaves when its anchor leaves",
    "m1",
    ["a inactive @m1", "b MachineOf=a.service @m1"],
    ["unplace a m1", "unplace b m1", "unplaceable b"],
  ],
  [
    "a follower moves with its anchor",
    "m1{z=b} m2{z=a}",
    ["a MachineMetadata=z=a @m1", "b MachineOf=a.service @m1"],
    ["move a m1>m2", "move b m1>m2"],
  ],
  [
    "a follower on another machine moves to its anchor",
    "m1 m2",
    ["a @m1", "b MachineOf=a.service @m2"],
    ["move b m2>m1"],
  ],
  [
    "two anchors on one machine",
    "m1 m2",
    ["a @m2", "b @m2", "c MachineOf=a.service MachineOf=b.service"],
    ["place c m2"],
  ],
  [
    "a follower of anchors on two machines waits",
    "m1 m2",
    ["a @m1", "b @m2", "c MachineOf=a.service MachineOf=b.service"],
    ["unplaceable c"],
  ],
  [
    "units in a cycle of MachineOf= wait",
    "m1",
    ["a MachineOf=b.service", "b MachineOf=a.service"],
    ["unplaceable a", "unplaceable b"],
  ],
  ["a unit whose MachineOf= names itself waits", "m1", ["a MachineOf=a.service"], ["unplaceable a"]],
  [
    "a follower goes to a machine of a global anchor",
    "m1 m2{z=a}",
    ["g Global=true MachineMetadata=z=a", "b MachineOf=g.service"],
    ["place b m2", "place g m2"],
  ],
  [
    "a follower of a global unit does not go to the last of its machines",
    "m1 m2",
    ["x @m2", "g Global=true @m1 @m2", "b MachineOf=g.service"],
    ["place b m1"],
  ],
  [
    "a follower of a global unit goes to the machine with the fewest units",
    "m1 m2",
    ["x @m1", "g Global=true @m2", "b MachineOf=g.service"],
    ["place b m2", "place g m1"],
  ],
]);

testExplanations([
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
      "1 machine: MachineOf forms a cycle (a.service -> b.service -> a.service)",
      "the nearest fix: remove MachineOf from one of a.service and b.service",
    ],
  ],
  [
    "m1",
    ["a MachineOf=b.service Conflicts=c.service", "b @m1", "c @m1"],
    [
      "a.service cannot be placed",
      "1 machine: conflicts with c.service",
      "the nearest fix: stop c.service on machine m1, or add a machine",
    ],
  ],
]);

testSentences([
  [
    "m1 m2",
    [
      "d MachineOf=c.service MachineOf=b.service @m1",
      ...["c MachineOf=a.service @m1", "b MachineOf=a.service @m1", "a @m1", "r Replaces=a.service"],
    ],
    "d.service moves from machine m1 to m2: MachineOf names b.service, which is on m2; of the machines that can take it this one has the fewest units (3)",
  ],
]);
