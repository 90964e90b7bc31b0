import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../decide.ts";
import { brief } from "../fixture/apply.ts";
import { cluster } from "../fixture/cluster.ts";

/** `@m1*` has been told of the restart, `+m1*` has made it; see the fixture for the rest. */
const cases: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
  ["a restart goes to the unit's place", "m1 m2", ["a restart @m1 +m1"], ["update a m1"]],
  ["once", "m1 m2", ["a restart @m1* +m1"], []],
  [
    "also to a machine that is away",
    "m2{z=a}",
    ["a restart @m1 MachineMetadata=z=b"],
    ["update a m1", "unplaceable a"],
  ],
  ["an exclusive unit restarts where it is", "m1 m2", ["a restart Exclusive=true @m1 +m1"], ["update a m1"]],
  ["a failure from before the restart moves nothing", "m1 m2", ["a restart @m1* %m1"], []],
  ["one after it is noted", "m1 m2", ["a restart @m1* %m1*"], ["note a m1"]],

  ["global: the first copy restarts", "m1 m2 m3", ["g restart Global=true @m1 @m2 @m3"], ["update g m1"]],
  ["global: the next one waits for it", "m1 m2 m3", ["g restart Global=true @m1* +m1 @m2 @m3"], []],
  ["global: also while it is not up", "m1 m2 m3", ["g restart Global=true @m1* -m1* @m2 @m3"], []],
  ["global: then it restarts", "m1 m2 m3", ["g restart Global=true @m1* +m1* @m2 @m3"], ["update g m2"]],
  ["global: one that fails ends it", "m1 m2 m3", ["g restart Global=true @m1* %m1* @m2 @m3"], []],
  [
    "global: a machine that is away is not waited for",
    "m2 m3",
    ["g restart Global=true @m1* @m2 @m3"],
    ["update g m2"],
  ],
  [
    "global: all at once if it is not to run",
    "m1 m2",
    ["g loaded restart Global=true @m1 @m2"],
    ["update g m1", "update g m2"],
  ],
  ["global: all are done", "m1 m2", ["g restart Global=true @m1* @m2* +m1* +m2*"], []],
];

for (const [about, machines, units, decided] of cases) {
  test(`restart: ${about}`, () => assert.deepEqual(decide(cluster(machines, ...units)).map(brief), decided));
}

test("restart: a copy left to run and a place to stop keep the request that they had", () => {
  const [move] = decide(cluster("m2", "a restart @m1*"));
  assert.deepEqual(
    move?.writes.map((write) => write.action === "assign" && write.record.restart),
    [100, 100],
  );
  const [update] = decide(cluster("m1", "a restart @m1"));
  assert.equal(update?.sentence, "a.service stays on machine m1: its restart was requested");
});
