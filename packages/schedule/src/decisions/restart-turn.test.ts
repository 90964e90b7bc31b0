import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../decide.ts";
import { cluster } from "../fixture/cluster.ts";
import { testDecisions } from "../fixture/test-cases.ts";

/** `@m1*` is an assignment with the restart request, `+m1*` a state after that restart. */
testDecisions([
  ["a restart updates the assignment", "m1 m2", ["a restart @m1 +m1"], ["update a m1"]],
  ["a restart updates the assignment once", "m1 m2", ["a restart @m1* +m1"], []],
  [
    "a restart updates the assignment to a machine that is away",
    "m2{z=a}",
    ["a restart @m1 MachineMetadata=z=b"],
    ["update a m1", "unplaceable a"],
  ],
  ["a secret's new version updates the assignment", "m1 m2", ["a secrets @m1 +m1"], ["update a m1"]],
  ["a secret's new version updates the assignment once", "m1 m2", ["a secrets @m1* +m1"], []],
  ["a secret's new version goes from copy to copy", "m1 m2", ["g secrets Global=true @m1 @m2"], ["update g m1"]],
  ["the next copy waits for the first", "m1 m2", ["g secrets Global=true @m1* +m1 @m2"], []],
  ["the next copy follows the first", "m1 m2", ["g secrets Global=true @m1* +m1* @m2"], ["update g m2"]],
  ["an exclusive unit restarts where it is", "m1 m2", ["a restart Exclusive=true @m1 +m1"], ["update a m1"]],
  ["a failure before the restart is not recorded", "m1 m2", ["a restart @m1* %m1"], []],
  ["a failure after the restart is recorded", "m1 m2", ["a restart @m1* %m1*"], ["note a m1"]],

  ["a global unit restarts on the first machine", "m1 m2 m3", ["g restart Global=true @m1 @m2 @m3"], ["update g m1"]],
  ["the next machine waits for the restart", "m1 m2 m3", ["g restart Global=true @m1* +m1 @m2 @m3"], []],
  ["the next machine waits until the unit is up", "m1 m2 m3", ["g restart Global=true @m1* -m1* @m2 @m3"], []],
  [
    "the next machine restarts once the unit is up",
    "m1 m2 m3",
    ["g restart Global=true @m1* +m1* @m2 @m3"],
    ["update g m2"],
  ],
  ["a failure ends the restart of a global unit", "m1 m2 m3", ["g restart Global=true @m1* %m1* @m2 @m3"], []],
  [
    "the restart does not wait for a machine that is away",
    "m2 m3",
    ["g restart Global=true @m1* @m2 @m3"],
    ["update g m2"],
  ],
  [
    "a global unit whose desired state is loaded restarts everywhere at once",
    "m1 m2",
    ["g loaded restart Global=true @m1 @m2"],
    ["update g m1", "update g m2"],
  ],
  ["no machine is left to restart", "m1 m2", ["g restart Global=true @m1* @m2* +m1* +m2*"], []],
]);

test("a copy keeps the restart that its assignment had", () => {
  const [move] = decide(cluster("m2", "a restart @m1*"));
  assert.deepEqual(
    move?.writes.map((write) => write.action === "assign" && write.record.restart),
    [100, 100],
  );
  const [update] = decide(cluster("m1", "a restart @m1"));
  assert.equal(update?.sentence, "a.service stays on machine m1: its restart was requested");
});
