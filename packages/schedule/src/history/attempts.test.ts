import assert from "node:assert/strict";
import { test } from "node:test";
import { cluster } from "../fixture/cluster.ts";
import { failureHere } from "./attempts.ts";

const cases: readonly (readonly [about: string, unit: string, machineID: string | undefined])[] = [
  ["counts where the unit is", "a @m1 %m1 X:m1", "m1"],
  ["counts before its state is known", "a @m1 X:m1", "m1"],
  ["does not count where the unit runs by now", "a @m1 +m1 X:m1", undefined],
  ["does not count for a copy", "a ~m1 %m1 X:m1", undefined],
  ["does not count in a later assignment", "a @m1 %m1 x:m1", undefined],
  ["does not count where the unit is no more", "a @m2 X:m1", undefined],
];

for (const [about, text, machineID] of cases) {
  test(`the last failed attempt ${about}`, () => {
    const snapshot = cluster("m1 m2", text);
    const unit = snapshot.units.get("a.service") ?? assert.fail();
    assert.equal(failureHere(unit, snapshot)?.machineID, machineID);
  });
}
