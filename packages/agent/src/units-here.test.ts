import assert from "node:assert/strict";
import { test } from "node:test";
import type { Assignment } from "@flotilla/model";
import type { ManagedUnit } from "@flotilla/systemd";
import { unitsHere } from "./units-here.ts";

const ID = "a".repeat(32);
const TEXT = "[Service]\nExecStart=/bin/true\n";

function managed(name: string, fields: Partial<ManagedUnit> = {}): [string, ManagedUnit] {
  const up = { loadState: "loaded", activeState: "active", subState: "running", job: "", result: "success" };
  return [name, { name, text: TEXT, ...up, ...fields }];
}

const list = (): ReadonlyMap<string, ManagedUnit> =>
  new Map([
    managed("runs.service"),
    managed("rests.service", { activeState: "inactive", subState: "dead" }),
    managed("broken.service", { text: "no section\n" }),
    // A unit of the cluster that is being removed.
    managed("removed.service", { text: "" }),
  ]);

test("before the assignments are known, the units are those whose files are on the host", () => {
  const assignments = { synced: false, all: new Map(), revision: 0 };
  const here = unitsHere({ machineID: ID, assignments, states: () => new Map(), manager: { list } });
  const { all } = here.assignments();
  assert.deepEqual(
    [...all.values()].map(({ unit, desired, hash }) => [unit, desired, hash !== ""]),
    [
      ["runs.service", "launched", true],
      ["rests.service", "loaded", true],
      ["broken.service", "launched", false],
    ],
  );
  assert.deepEqual(
    [...here.states().values()].map(({ name, active, sub, launched }) => [name, active, sub, launched]),
    [
      ["runs.service", "active", "running", true],
      ["rests.service", "inactive", "dead", false],
      ["broken.service", "active", "running", true],
    ],
  );
});

test("once the assignments are known, only they count", () => {
  const assignments = { synced: true, all: new Map<string, Assignment>(), revision: 7 };
  const here = unitsHere({ machineID: ID, assignments, states: () => new Map(), manager: { list } });
  assert.equal(here.assignments().all.size, 0);
  assert.equal(here.assignments().revision, 7);
  assert.equal(here.states().size, 0);
});
