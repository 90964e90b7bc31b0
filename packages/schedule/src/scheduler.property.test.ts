import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decide, explain } from "./decide.ts";
import { type Change, ChangingCluster } from "./fixture/changing-cluster.ts";

const ids = ["m1", "m2", "m3", "m4"];
const names = ["a.service", "b.service", "c.service", "d.service", "w@1.service", "w@2.service", "a.timer", "b.socket"];
const globs = [...names, "w@*", "[ab].service", "*"];

const name = fc.constantFrom(...names);
const id = fc.constantFrom(...ids);
const zone = fc.constantFrom("x", "y", "z");

const options = fc.oneof(
  { weight: 4, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.constantFrom(...ids, "m9").map((machine) => [`MachineID=${machine}`]) },
  { weight: 2, arbitrary: zone.map((value) => [`MachineMetadata=zone=${value}`]) },
  { weight: 3, arbitrary: fc.constantFrom(...globs).map((glob) => [`Conflicts=${glob}`]) },
  {
    weight: 3,
    arbitrary: fc
      .subarray(names, { minLength: 1, maxLength: 2 })
      .map((targets) => targets.map((target) => `MachineOf=${target}`)),
  },
  { weight: 3, arbitrary: fc.constantFrom(...globs).map((glob) => [`Replaces=${glob}`]) },
  { weight: 2, arbitrary: fc.constantFrom(["MinAvailable=1"], ["MinAvailable=50%"], ["NeverMoves=true"]) },
  { weight: 2, arbitrary: fc.constantFrom([], ["MachineMetadata=zone=x"]).map((more) => ["Exclusive=true", ...more]) },
  {
    weight: 4,
    arbitrary: fc.subarray(["Prefers=zone=x", "Avoids=w@*", "SpreadBy=zone", "Strategy=pack", "MaxPerMachine=1"], {
      minLength: 1,
      maxLength: 3,
    }),
  },
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.constantFrom("MemoryReserve=1G", "CPUReserve=0.5", "CPUReserve=1"),
        fc.subarray(["Priority=1", "Priority=2", "Preempts=true", "NeverMoves=true"]),
        fc.constantFrom([], [], [], ["Conflicts=b.service"], ["Replaces=c.service"], ["MachineOf=a.service"]),
      )
      .map(([line, more, other]) => [line, ...more, ...other]),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom([], ["Conflicts=a.service"], ["MachineMetadata=zone=x"])
      .map((more) => ["Global=true", ...more]),
  },
);

const to = fc.constant;
const desired = fc.constantFrom("launched", "launched", "loaded", "inactive");
const place = fc.constantFrom("staying", "leaving", "stopping", "gone");
const state = fc.constantFrom("active", "given up", "given up", "cleared", "gone");
const upkeep = fc.constantFrom(undefined, undefined, "cordoned" as const, "drained" as const);
const some = fc.subarray(names, { maxLength: 2 });

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ to: to("unit"), name, options, desired }) },
  { weight: 1, arbitrary: fc.record({ to: to("destroyed unit"), name }) },
  { weight: 2, arbitrary: fc.record({ to: to("restart"), name }) },
  { weight: 4, arbitrary: fc.record({ to: to("machine"), id, zone, cpus: fc.nat(2), upkeep }) },
  { weight: 2, arbitrary: fc.record({ to: to("move"), name, id: fc.constantFrom(...ids, undefined) }) },
  { weight: 2, arbitrary: fc.record({ to: to("lost machines"), ids: fc.subarray(ids, { minLength: 1 }) }) },
  { weight: 2, arbitrary: fc.record({ to: to("assignment"), name, id, is: place }) },
  { weight: 3, arbitrary: fc.record({ to: to("state"), name, is: state }) },
  { weight: 1, arbitrary: fc.record({ to: to("hold"), ids: fc.subarray(ids) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      to: to("time"),
      rested: some,
      recovered: some,
      steady: some,
      gone: fc.subarray(ids),
      overdue: fc.subarray(ids),
      lost: fc.subarray(ids),
      onTrial: some,
    }),
  },
  { weight: 8, arbitrary: fc.record({ to: to("decisions"), oneIn: fc.constantFrom(1, 1, 1, 2, 3) }) },
);

/** The decisions of the kept scheduler must be those of a new one. */
function compare(cluster: ChangingCluster): void {
  assert.deepEqual(cluster.decide(), decide(cluster.snapshot(), cluster.moment));
}

const RUNS = { numRuns: 300 };

test("after each change, the decisions are those of a new scheduler", () => {
  const check = (changes: readonly Change[]): void => {
    const cluster = new ChangingCluster();
    for (const each of changes) {
      cluster.happen(each);
      compare(cluster);
    }
  };
  fc.assert(fc.property(fc.array(change, { maxLength: 40, size: "max" }), check), RUNS);
});

test("after many changes at once, the decisions are those of a new scheduler", () => {
  const check = (batches: readonly (readonly Change[])[]): void => {
    const cluster = new ChangingCluster();
    for (const batch of batches) {
      for (const each of batch) cluster.happen(each);
      compare(cluster);
    }
  };
  fc.assert(fc.property(fc.array(fc.array(change, { maxLength: 8 }), { maxLength: 10, size: "max" }), check), RUNS);
});

test("after changes among units that take each other's places, the decisions are those of a new scheduler", () => {
  const few = names.slice(0, 6);
  const [one, on] = [fc.constantFrom(...few), fc.constantFrom("m1", "m2", "m3")];
  const linked = fc.oneof(
    to([]),
    { weight: 3, arbitrary: one.map((other) => [`Replaces=${other}`]) },
    one.map((other) => [`Conflicts=${other}`]),
    on.map((machine) => [`MachineID=${machine}`]),
  );
  const unit = (named: fc.Arbitrary<string>): fc.Arbitrary<Change> =>
    fc.record({ to: to("unit"), name: named, options: linked, desired: to("launched") });
  const assigned = fc.record({ to: to("assignment"), name: one, id: on, is: to("staying") });
  const next: fc.Arbitrary<Change> = fc.oneof(unit(one), fc.record({ to: to("destroyed unit"), name: one }), assigned);
  const begin = fc.record({
    machines: fc.subarray(["m1", "m2", "m3"], { minLength: 1 }),
    units: fc.tuple(...few.map((named) => unit(to(named)))),
    places: fc.array(assigned, { maxLength: 8, size: "max" }),
  });
  const history = fc.property(begin, fc.array(next, { maxLength: 4 }), ({ machines, units, places }, changes) => {
    const cluster = new ChangingCluster();
    for (const machine of machines) cluster.happen({ to: "machine", id: machine, zone: "x" });
    for (const each of [...units, ...places]) cluster.happen(each);
    compare(cluster);
    for (const each of changes) {
      cluster.happen(each);
      compare(cluster);
    }
  });
  fc.assert(history, { numRuns: 2_000 });
});

test("the explanations are those of a new scheduler", () => {
  const timeless = fc
    .array(change, { maxLength: 30, size: "max" })
    .map((all) => all.filter((each) => each.to !== "time"));
  const check = (changes: readonly Change[]): void => {
    const cluster = new ChangingCluster();
    for (const each of changes) {
      cluster.happen(each);
      cluster.decide();
      for (const unit of names) assert.deepEqual(cluster.scheduler.explain(unit), explain(cluster.snapshot(), unit));
    }
  };
  fc.assert(fc.property(timeless, check), RUNS);
});
