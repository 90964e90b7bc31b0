import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterSnapshot } from "@flotilla/model";
import { NO_TIME } from "./decision.ts";
import { cluster, unitOf } from "./fixture/cluster.ts";
import { type Decided, Scheduler } from "./scheduler.ts";

function clusterOf(count: number, xFleet: (index: number) => readonly string[]): ClusterSnapshot {
  const units = Array.from({ length: count }, (_, index) =>
    unitOf(`${"a".repeat(100)}${index}.service`, xFleet(index), "launched", index + 1),
  );
  return { ...cluster("m1 m2 m3 m4"), units: new Map(units.map((unit) => [unit.name, unit])) };
}

function decideInSteps(snapshot: ClusterSnapshot): { readonly decided: Decided; readonly count: number } {
  const steps = new Scheduler().steps(snapshot, NO_TIME);
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

test("units with as many globs as they may have are decided on in many steps, and none is set aside", () => {
  const globs = (index: number): readonly string[] =>
    Array.from({ length: 256 }, (_, glob) => `Conflicts=*x${index}y${glob}*`);
  const { decided, count } = decideInSteps(clusterOf(100, globs));
  assert.ok(count > 40, `${count} steps`);
  assert.equal(decided.toWrite.length, 100);
  assert.equal(decided.setAside.size, 0);
});

test("units that all replace each other are decided on in time that grows with their number of links", () => {
  const { decided, count } = decideInSteps(clusterOf(500, () => ["Replaces=*"]));
  assert.ok(count > 10, `${count} steps`);
  assert.equal(decided.toWrite.length, 500, "what leads in a circle is ignored");
});

test("a unit that cannot be read stays where it is", () => {
  const known = cluster("m1", "a destroyed @m1");
  assert.deepEqual(new Scheduler().decide({ ...known, unreadable: new Set(["a.service"]) }).toWrite, []);
  assert.equal(new Scheduler().decide(known).toWrite.length, 1);
});
