import assert from "node:assert/strict";
import { test } from "node:test";
import { unitRecord } from "../fixture/records.fixture.ts";
import { decideRepairs } from "./decide-repairs.ts";

const { requirements } = unitRecord("a.service");
const UNIT = unitRecord("a.service", {
  desired: "inactive",
  restart: 2,
  secrets: 3,
  requirements: { ...requirements, exclusive: true },
});

const units = new Map([[UNIT.name, UNIT]]);
const broken = (unit: string) => ({ unit, machineID: "m1", revision: 5 });

test("a repaired assignment has the content of its unit, and depends on the unit and on the unreadable value", () => {
  const [repair] = decideRepairs([broken("a.service")], { units, unreadable: new Set() });
  const content = { digest: "d", hash: "h", desired: "loaded", restart: 2, secrets: 3, exclusive: true };
  const record = { ...content, leaving: false, stopping: false };
  assert.deepEqual(repair?.writes, [{ action: "assign", unit: "a.service", machineID: "m1", record }]);
  assert.deepEqual(repair?.basis, [
    { assignment: "a.service", machineID: "m1", revision: 5 },
    { unit: "a.service", revision: 7 },
  ]);
});

test("an unreadable assignment without a unit is deleted only while there is no unit", () => {
  const [removal] = decideRepairs([broken("gone.service")], { units, unreadable: new Set() });
  assert.deepEqual(removal?.writes, [{ action: "unassign", unit: "gone.service", machineID: "m1" }]);
  assert.deepEqual(removal?.basis, [
    { assignment: "gone.service", machineID: "m1", revision: 5 },
    { unit: "gone.service", revision: 0 },
  ]);
});

test("an unreadable assignment of an unreadable unit stays as it is", () => {
  const unreadable = new Set(["b.service"]);
  assert.deepEqual(decideRepairs([broken("b.service")], { units, unreadable }), []);
});

test("one pass repairs at most 32 assignments", () => {
  const many = Array.from({ length: 40 }, (_, index) => broken(`u${index}.service`));
  assert.equal(decideRepairs(many, { units, unreadable: new Set() }).length, 32);
});
