import assert from "node:assert/strict";
import { test } from "node:test";
import { explain } from "../decide.ts";
import { NO_TIME } from "../history/moment.ts";
import { cluster } from "../fixture/cluster.ts";
import { testExplanations, testSentences } from "../fixture/test-cases.ts";

const long = "113f16a7dcb44f40b2dd2a5b6b2ed3a1";

testExplanations([
  ["m1", ["a inactive"], ["the desired state of a.service is inactive: load or start it to give it a machine"]],
  ["m1", ["a @m1"], []],
  [long, [`a @${long}`], []],
  ["m1", ["a"], []],
  ["m1 m2 m3", ["a Global=true @m1 @m2 @m3"], []],
  ["", ["a"], ["a.service cannot be placed", "no machine is in the cluster"]],
  [
    "m2",
    ["a Exclusive=true @m1"],
    [
      "a.service is on machine m1, which is away",
      "it is exclusive: it moves once the guard on that machine has certainly stopped it",
    ],
  ],
  [
    "m1 m2? m3?",
    ["a @m2"],
    [
      "a.service stays on machine m2, which is away",
      "2 of 3 machines vanished together: their units are not moved for now",
      "the nearest fix: bring the machines back, or let their units move with fleetctl release-hold",
    ],
  ],
]);

test("explains that the cluster does not know a unit", () => {
  assert.deepEqual(explain(cluster("m1"), "a.service"), ["the cluster does not know a.service: submit it first"]);
});

/** The sentence of a decision about the first unit. */
testSentences(
  [
    [
      "m1 m2",
      ["a", "b @m1"],
      "a.service goes to machine m2: of the machines that can take it this one has the fewest units (0)",
    ],
    [
      "m1",
      ["a", "b @m1"],
      "a.service goes to machine m1: of the machines that can take it this one has the fewest units (1)",
    ],
    [
      "m2",
      ["a @m1"],
      "a.service moves from machine m1 to m2: the machine is away; of the machines that can take it this one has the fewest units (0)",
    ],
    ["m1", ["a inactive @m1"], "a.service leaves machine m1: its desired state is inactive"],
    ["m1", ["a @m1!"], "a.service stays on machine m1: its unit file changed"],
    ["m2", ["a ~m1 @m2 +m2"], "the copy of a.service on machine m1 ends: it is up on m2"],
  ],
  { ...NO_TIME, steady: new Set(["a.service"]) },
);
