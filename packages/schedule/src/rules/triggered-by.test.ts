import { testDecisions, testExplanations } from "../fixture/test-cases.ts";

testDecisions([
  ["a timer goes to its service's machine", "m1 m2", ["a @m2", "a.timer"], ["place a.timer m2"]],
  [
    "a socket, a path and a service share a machine; the socket is written first",
    "m1 m2",
    ["x @m1", "a", "a.path", "a.socket"],
    ["place a.socket m2", "place a.path m2", "place a m2"],
  ],
  [
    "an instance's timer goes to the instance's machine",
    "m1 m2",
    ["a@1 @m2", "a@2 @m1", "a@1.timer"],
    ["place a@1.timer m2"],
  ],
  ["a timer whose service is unknown goes to any machine", "m1", ["a.timer"], ["place a.timer m1"]],
  ["a timer waits while its service is inactive", "m1", ["a inactive", "a.timer"], ["unplaceable a.timer"]],
  [
    "a timer leaves when its service leaves",
    "m1",
    ["a inactive @m1", "a.timer @m1"],
    ["unplace a m1", "unplace a.timer m1", "unplaceable a.timer"],
  ],
  ["a timer on another machine moves to its service", "m1 m2", ["a @m1", "a.timer @m2"], ["move a.timer m2>m1"]],
  [
    "a timer moves with its service",
    "m1{z=b} m2{z=a}",
    ["a MachineMetadata=z=a @m1", "a.timer @m1"],
    ["move a m1>m2", "move a.timer m1>m2"],
  ],
  [
    "a socket and its service move off a lost machine together",
    "m2 m3",
    ["x @m2", "a @m1", "a.socket @m1"],
    ["move a.socket m1>m3", "move a m1>m3"],
  ],
  [
    "a service follows a socket with MachineMetadata=",
    "m1 m2{z=a}",
    ["a @m1", "a.socket MachineMetadata=z=a"],
    ["move a m1>m2", "place a.socket m2"],
  ],
  [
    "a timer with MachineID= is the anchor of a service with MachineMetadata=",
    "m1{z=a} m2{z=a}",
    ["a MachineMetadata=z=a", "a.timer MachineID=m2"],
    ["place a m2", "place a.timer m2"],
  ],
  [
    "a timer waits when its metadata excludes its service's machine",
    "m1{z=a} m2{d=b}",
    ["a MachineMetadata=z=a", "a.timer MachineMetadata=d=b"],
    ["place a m1", "unplaceable a.timer"],
  ],
  [
    "a timer and its service with MachineID= each are independent",
    "m1 m2",
    ["a MachineID=m1", "a.timer MachineID=m2"],
    ["place a m1", "place a.timer m2"],
  ],
  [
    "a global timer does not follow its service",
    "m1 m2",
    ["a @m2", "a.timer Global=true"],
    ["place a.timer m1", "place a.timer m2"],
  ],
  ["the timer of a global service stays on its machine", "m1 m2", ["a Global=true @m1 @m2", "a.timer @m1"], []],
  [
    "a timer that conflicts with its service goes elsewhere",
    "m1 m2",
    ["a Conflicts=a.timer @m1", "a.timer"],
    ["place a.timer m2"],
  ],
  [
    "a service with MachineOf= for its timer follows the timer",
    "m1 m2",
    ["a MachineOf=a.timer", "a.timer @m2"],
    ["place a m2"],
  ],
  [
    "a trigger link that would form a cycle with MachineOf= is dropped",
    "m1 m2",
    ["x @m1", "a MachineOf=b.service", "b MachineOf=a.timer", "a.timer"],
    ["place a m2", "place a.timer m2", "place b m2"],
  ],
]);

testExplanations([
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
    "m1{z=a} m2{d=b} m3",
    ["a", "a.timer MachineMetadata=d=b", "a.socket MachineMetadata=z=a"],
    [
      "a.service cannot be placed",
      "2 machines: it is triggered by a.socket, which is on m1",
      "1 machine: it is triggered by a.timer, which is on m2",
      "the nearest fix: let a.socket run where a.service can",
    ],
  ],
  [
    "m1",
    ["a.timer", "a inactive"],
    [
      "a.timer cannot be placed",
      "1 machine: it triggers a.service, which is inactive",
      "the nearest fix: load a.service",
    ],
  ],
]);
