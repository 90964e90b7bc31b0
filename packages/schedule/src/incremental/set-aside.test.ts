import assert from "node:assert/strict";
import { test } from "node:test";
import { brief } from "../fixture/apply.ts";
import { cluster, unitOf } from "../fixture/cluster.ts";
import type { MachineRule } from "../rules/rule.ts";
import { Scheduler } from "../scheduler.ts";

/** A rule with a fault: it cannot decide on a unit whose desired state is loaded. */
const faulty: MachineRule = {
  kind: "machine",
  name: "Faulty",
  examples: [],
  asks: ({ desired }) => desired,
  check({ desired }) {
    if (desired === "loaded") throw new Error("a fault");
    return undefined;
  },
  explain: () => "it does not fit",
  fix: () => "change it",
};

test("a unit on which a rule fails is set aside until it changes, and the other units are placed", () => {
  const scheduler = new Scheduler([faulty]);
  const before = cluster("m1", "a loaded", "b", "c loaded @m1");
  const { toWrite, refused, setAside } = scheduler.decide(before);
  assert.deepEqual(toWrite.map(brief), ["place b m1"]);
  assert.deepEqual([...refused.keys()], ["a.service"]);
  assert.deepEqual([...setAside.keys()].sort(), ["a.service", "c.service"]);
  assert.match(scheduler.explain("a.service").join(), /it is set aside: internal error of the scheduler/);
  const a = unitOf("a.service", [], "launched", 200);
  scheduler.note({ kind: "unit", unit: "a.service" });
  const after = scheduler.decide({ ...before, units: new Map([...before.units, ["a.service", a]]) });
  assert.deepEqual(after.toWrite.map(brief), ["place a m1", "place b m1"]);
  assert.deepEqual([...after.setAside.keys()], ["c.service"]);
});
