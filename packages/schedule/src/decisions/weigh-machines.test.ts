import assert from "node:assert/strict";
import { test } from "node:test";
import { cluster } from "../fixture/cluster.ts";
import { Scheduler } from "../scheduler.ts";

function weigh(unit: string, machines: string, ...units: readonly string[]) {
  const scheduler = new Scheduler();
  scheduler.decide(cluster(machines, ...units));
  return scheduler.weigh(unit);
}

test("the machines that pass come in the order of the wishes, with a word on each", () => {
  const weighing = weigh(
    "w@1.service",
    "m1{zone=a} m2{zone=b} m3{zone=b}",
    "w@1.service @m1 SpreadBy=zone",
    "w@2.service @m2",
    "x @m1",
  );
  assert.deepEqual(
    weighing?.passing.map(({ machineID, isPlace, texts }) => [machineID, isPlace, texts.join(", ")]),
    [
      ["m1", true, "zone=a with no other instances of w@.service, no other instances of w@.service, 1 unit"],
      ["m3", false, "zone=b with 1 other instance of w@.service, no other instances of w@.service, 0 units"],
      ["m2", false, "zone=b with 1 other instance of w@.service, 1 other instance of w@.service, 1 unit"],
    ],
  );
  assert.deepEqual(weighing.rejected, []);
});

test("the machines that do not pass are grouped by the reason, each group with a fix", () => {
  const weighing = weigh("a.service", "m1{z=x} m2{z=x} m3{z=y}(memory=2)", "a MachineMetadata=z=y MemoryReserve=4G");
  assert.deepEqual(weighing, {
    passing: [],
    rejected: [
      {
        rule: "MachineMetadata",
        machines: ["m1", "m2"],
        reason: "metadata z=y is missing (they have z=x)",
        fix: "set metadata z=y on a machine such as m1",
      },
      {
        rule: "MemoryReserve",
        machines: ["m3"],
        reason: "the unit reserves 4G of memory, but only 2G is free",
        fix: "free 4G of memory on machine m3, let a.service reserve less, or add a machine",
      },
    ],
  });
});

test("a global unit has many places, and units that need none are not weighed", () => {
  const units = ["g Global=true", "i inactive"];
  const places = weigh("g.service", "m1 m2", ...units)?.passing.map(({ isPlace }) => isPlace);
  assert.deepEqual(places, [true, true]);
  assert.equal(weigh("i.service", "m1 m2", ...units), undefined);
  assert.equal(weigh("unknown.service", "m1 m2", ...units), undefined);
});
