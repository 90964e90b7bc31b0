import assert from "node:assert/strict";
import { test } from "node:test";
import { type Assignment, EMPTY_ATTENDANCE, type Unit } from "@flotilla/model";
import { Absences } from "../absence/absences.ts";
import { assignmentRecord, unitRecord } from "../fixture/records.fixture.ts";
import { decideLeftovers } from "./decide-leftovers.ts";
import { GoneMachinesController } from "./gone-machines-controller.ts";

const HOUR_MS = 3_600_000;

/** A machine m1 with assignments of `count` global units and of one other unit. */
function clusterOf(count: number) {
  const units = new Map<string, Unit>();
  const there = new Map<string, Assignment>();
  for (const name of [...Array.from({ length: count }, (_, index) => `g${index}.service`), "a.service"]) {
    const unit = unitRecord(name);
    units.set(name, { ...unit, requirements: { ...unit.requirements, global: name !== "a.service" } });
    there.set(name, assignmentRecord(name, "m1"));
  }
  return { units, assignmentsOn: new Map([["m1", there]]) };
}

test("only global units leave a machine that is gone, and only if the machine is not back", () => {
  const [decision, ...others] = decideLeftovers(
    new Map([
      ["m1", "it is gone"],
      ["m2", "it is gone"],
    ]),
    clusterOf(1),
  );
  assert.equal(others.length, 0);
  assert.deepEqual(decision?.writes, [{ action: "unassign", unit: "g0.service", machineID: "m1" }]);
  assert.deepEqual(decision?.basis, [
    { assignment: "g0.service", machineID: "m1", revision: 5 },
    { unit: "g0.service", revision: 7 },
    { machine: "m1", joined: 0 },
  ]);
});

test("the controller looks once a minute, and in the next pass when there is more than fits into one", () => {
  const snapshot = clusterOf(70);
  const nobody = {
    machines: new Map(),
    departed: new Set<string>(),
    left: new Set<string>(),
    removed: new Set<string>(),
    released: undefined,
  };
  const absences = new Absences({ heardSince: () => undefined, settleMs: 0, machineTtlMs: 0 });
  absences.update({ ...snapshot, ...nobody, attendance: EMPTY_ATTENDANCE }, { monotonic: 0, wall: 0 });
  const controller = new GoneMachinesController(undefined as never);
  const found = (monotonic: number): number => {
    const { value } = controller.steps({ snapshot, absences, now: { monotonic, wall: 0 } }).next();
    return value?.length ?? 0;
  };
  assert.equal(found(HOUR_MS - 60_000), 0);
  assert.equal(found(HOUR_MS), 64);
  for (const name of ["g0.service", "g1.service", "g2.service", "g3.service", "g4.service", "g5.service"])
    snapshot.assignmentsOn.get("m1")?.delete(name);
  assert.equal(found(HOUR_MS + 1), 64, "the rest, not a minute later");
  assert.equal(found(HOUR_MS + 59_000), 0);
  assert.equal(found(HOUR_MS + 60_001), 64);
});
