import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterSnapshot } from "@flotilla/model";
import { NO_TIME } from "./history/moment.ts";
import { cluster, unitOf } from "./fixture/cluster.ts";
import { type Decided, Scheduler } from "./scheduler.ts";

function clusterOf(count: number, xFleet: (index: number) => readonly string[]): ClusterSnapshot {
  const units = Array.from({ length: count }, (_, index) =>
    unitOf(`${"a".repeat(100)}${index}.service`, xFleet(index), "launched", index + 1),
  );
  return { ...cluster("m1 m2 m3 m4"), units: new Map(units.map((unit) => [unit.name, unit])) };
}

function decideInSteps(
  snapshot: ClusterSnapshot,
  scheduler = new Scheduler(),
): { readonly decided: Decided; readonly count: number } {
  const steps = scheduler.steps(snapshot, NO_TIME);
  for (let count = 1; ; count++) {
    const step = steps.next();
    if (step.done) return { decided: step.value, count };
  }
}

test("a small cluster is decided on in one step", () => {
  const { decided, count } = decideInSteps(clusterOf(50, () => ["Conflicts=b@*"]));
  assert.equal(count, 1);
  assert.equal(decided.toWrite.length, 50);
});

test("units with the most globs allowed are decided on in many steps, and none is set aside", () => {
  const globs = (index: number): readonly string[] =>
    Array.from({ length: 32 }, (_, glob) => `Conflicts=*x${index}y${glob}*`);
  const { decided, count } = decideInSteps(clusterOf(400, globs));
  assert.ok(count > 40, `${count} steps`);
  assert.equal(decided.toWrite.length, 400);
  assert.equal(decided.setAside.size, 0);
});

test("units without any requirements are decided on in steps, too", () => {
  const { decided, count } = decideInSteps(clusterOf(2_000, () => []));
  assert.ok(count > 3, `${count} steps`);
  assert.equal(decided.toWrite.length, 2_000);
});

test("the search through all machines for one unit is cut into steps", () => {
  const machines = Array.from({ length: 2_000 }, (_, index) => `m${index}`);
  const globs = Array.from({ length: 31 }, (_, glob) => `Conflicts=*x${glob}*y*`);
  const unit = unitOf("z.service", [...globs, "Conflicts=of-*"], "launched", 1);
  const known = cluster(machines.join(" "), ...machines.map((id) => `of-${id} @${id}`));
  const units = new Map([...known.units, [unit.name, unit]]);
  const scheduler = new Scheduler();
  scheduler.decide(known);
  scheduler.note({ kind: "unit", unit: unit.name });
  const { count } = decideInSteps({ ...known, units }, scheduler);
  assert.ok(count > 2, `${count} steps`);
  assert.equal(scheduler.explain(unit.name).length, 1 + 16 + 1 + 1, "only the most frequent reasons are given");
});

test("links of MachineOf= are followed in steps, and a large cycle is not searched once for each unit", () => {
  const name = (index: number): string => `${"a".repeat(100)}${index % 2_000}.service`;
  const next = (index: number): string[] =>
    Array.from({ length: 32 }, (_, ahead) => `MachineOf=${name(index + 1 + ahead)}`);
  const { decided, count } = decideInSteps(clusterOf(2_000, next));
  assert.ok(count > 20, `${count} steps`);
  assert.equal(decided.refused.size, 2_000);
});

test("a chain of 10,000 followers leaves its machine in one pass", () => {
  const followers = Array.from({ length: 10_000 }, (_, index) => `u${index + 1} @m1 +m1 MachineOf=u${index}.service`);
  const known = cluster("m1 m2", "u0 @m1 %m1 X:m1", ...followers);
  const { toWrite } = new Scheduler().decide(known, { ...NO_TIME, rested: new Set(["u0.service"]) });
  assert.equal(toWrite.filter((decision) => decision.kind === "move" && decision.to === "m2").length, 10_001);
});

test("units that all replace each other are decided on in steps", () => {
  const { decided, count } = decideInSteps(clusterOf(500, () => ["Replaces=*"]));
  assert.ok(count > 5, `${count} steps`);
  assert.equal(decided.toWrite.length, 500, "cycles are ignored");
});

test("a unit that cannot be read stays where it is", () => {
  const known = cluster("m1", "a destroyed @m1");
  assert.deepEqual(new Scheduler().decide({ ...known, unreadable: new Set(["a.service"]) }).toWrite, []);
  assert.equal(new Scheduler().decide(known).toWrite.length, 1);
});

test("units that name a machine, or follow another unit, do not try all machines", () => {
  const ids = Array.from({ length: 1_000 }, (_, index) => `m${index}`);
  const pinned = ids.toReversed().map((id, index) => `on-m${index} MachineID=${id}`);
  const followers = ids.map((id) => `with-${id} MachineOf=on-${id}.service`);
  const { decided, count } = decideInSteps(cluster(ids.join(" "), ...pinned, ...followers));
  assert.equal(decided.toWrite.length, 2_000);
  assert.ok(count < 10, `${count} steps`);
});
