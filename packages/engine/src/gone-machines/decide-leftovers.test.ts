import assert from "node:assert/strict";
import { test } from "node:test";
import type { Assignment, Unit } from "@flotilla/model";
import { Absences } from "../absence/absences.ts";
import type { PassInput } from "../controller/controller.ts";
import { decideLeftovers } from "./decide-leftovers.ts";
import { GoneMachinesController } from "./gone-machines-controller.ts";

const HOUR_MS = 3_600_000;

/** A machine m1 with assignments of `count` global units and of one other unit. */
function clusterOf(count: number) {
  const units = new Map<string, Unit>();
  const there = new Map<string, Assignment>();
  for (const name of [...Array.from({ length: count }, (_, index) => `g${index}.service`), "a.service"]) {
    units.set(name, { name, requirements: { global: name !== "a.service" }, revision: 7 } as unknown as Unit);
    there.set(name, { unit: name, machineID: "m1", revision: 5 } as unknown as Assignment);
  }
  return { units, assignmentsOn: new Map([["m1", there]]) };
}

test("only global units leave a machine that is gone, and only if the machine is not back", () => {
  const [decision, ...others] = decideLeftovers(["m1", "m2"], clusterOf(1), "1 h");
  assert.equal(others.length, 0);
  assert.deepEqual(decision?.writes, [{ action: "unassign", unit: "g0.service", machineID: "m1" }]);
  assert.deepEqual(decision?.basis, [
    { assignment: "g0.service", machineID: "m1", revision: 5 },
    { unit: "g0.service", revision: 7 },
    { machine: "m1", joined: 0 },
  ]);
});

test("the controller looks once a minute, and in the next pass when there is more than fits into one", () => {
  const cluster = {
    ...clusterOf(70),
    machines: new Map(),
    departed: new Set(),
    left: new Set(),
    attendance: { present: [], missing: [] },
  };
  const absences = new Absences({ heardSince: () => undefined, settleMs: 0, machineTtlMs: 0 });
  absences.update(cluster as never, { monotonic: 0, wall: 0 });
  const controller = new GoneMachinesController(undefined as never);
  const found = (monotonic: number): number => {
    const input = { snapshot: cluster, absences, now: { monotonic, wall: 0 } } as unknown as PassInput;
    const { value } = controller.steps(input).next();
    return value?.length ?? 0;
  };
  assert.equal(found(HOUR_MS - 60_000), 0);
  assert.equal(found(HOUR_MS), 64);
  for (const name of ["g0.service", "g1.service", "g2.service", "g3.service", "g4.service", "g5.service"])
    cluster.assignmentsOn.get("m1")?.delete(name);
  assert.equal(found(HOUR_MS + 1), 64, "the rest, not a minute later");
  assert.equal(found(HOUR_MS + 59_000), 0);
  assert.equal(found(HOUR_MS + 60_001), 64);
});
