import assert from "node:assert/strict";
import { test } from "node:test";
import type { Assignment, Attempts, ClusterSnapshot, Machine, Unit } from "@flotilla/model";
import fc from "fast-check";
import { decide } from "./decide.ts";
import { NO_TIME } from "./history/moment.ts";
import { apply } from "./fixture/apply.ts";
import { type ClusterParts, snapshotOf, unitOf } from "./fixture/cluster.ts";

const ids = ["m1", "m2", "m3", "m4", "m5"];
const names = [
  "a.service",
  "b.service",
  "c.service",
  "d.service",
  "w@1.service",
  "w@2.service",
  "w@3.service",
  "a.timer",
  "a.socket",
  "w@1.path",
];
const globs = [...names, "w@*", "*", "[ab].service"];

const options = fc.oneof(
  { weight: 4, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.constantFrom(...ids, "m9").map((id) => [`MachineID=${id}`]) },
  { weight: 2, arbitrary: fc.constantFrom("x", "y").map((zone) => [`MachineMetadata=zone=${zone}`]) },
  {
    weight: 3,
    arbitrary: fc.subarray(globs, { minLength: 1, maxLength: 2 }).map((list) => [`Conflicts=${list.join(" ")}`]),
  },
  {
    weight: 3,
    arbitrary: fc
      .subarray(names, { minLength: 1, maxLength: 2 })
      .map((list) => list.map((name) => `MachineOf=${name}`)),
  },
  { weight: 2, arbitrary: fc.constantFrom(...globs).map((glob) => [`Replaces=${glob}`]) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom([], ["Conflicts=a.service"], ["MachineMetadata=zone=x"])
      .map((more) => ["Global=true", ...more]),
  },
);

const desired = fc.constantFrom<Unit["desired"]>("launched", "launched", "launched", "loaded", "inactive");

function unitNamed(name: string): fc.Arbitrary<Unit> {
  return fc
    .record({ own: options, desired, revision: fc.integer({ min: 1, max: 99 }) })
    .map((unit) => unitOf(name, unit.own, unit.desired, unit.revision));
}

const machine = fc
  .record({ id: fc.constantFrom(...ids), zone: fc.constantFrom("x", "y") })
  .map(({ id, zone }): Machine => ({
    id,
    metadata: { zone },
    primaryIP: "",
    version: "",
    peerPort: 0,
    bootID: "",
    capacity: { cpus: 1, memoryBytes: 1 },
    joined: 1,
  }));

const assignment = fc.record<Assignment>({
  unit: fc.constantFrom(...names),
  machineID: fc.constantFrom(...ids),
  digest: fc.constant("old"),
  hash: fc.constant("old"),
  desired: fc.constant("launched"),
  restart: fc.constantFrom(0, 7),
  secrets: fc.constantFrom(0, 7),
  leaving: fc.boolean(),
  exclusive: fc.constant(false),
  stopping: fc.constant(false),
  askedAt: fc.constant(0),
  since: fc.integer({ min: 1, max: 99 }),
  revision: fc.integer({ min: 1, max: 99 }),
});

const parts: fc.Arbitrary<ClusterParts> = fc.record({
  machines: fc.uniqueArray(machine, { selector: ({ id }) => id }),
  units: fc.subarray(names).chain((chosen) => fc.tuple(...chosen.map(unitNamed))),
  assignments: fc.uniqueArray(assignment, { selector: ({ unit, machineID }) => `${machineID}/${unit}`, maxLength: 12 }),
  states: fc.constant([]),
});

/** Replacements that free a place for another unit need another round, but never more rounds than this. */
const MOST_ROUNDS = 6;

function untilNothingChanges(snapshot: ClusterSnapshot): {
  readonly snapshot: ClusterSnapshot;
  readonly rounds: number;
} {
  for (let rounds = 0; rounds <= MOST_ROUNDS; rounds++) {
    const decisions = decide(snapshot).filter(({ writes }) => writes.length > 0);
    if (decisions.length === 0) return { snapshot, rounds };
    snapshot = apply(snapshot, decisions);
  }
  throw new Error(`still deciding after ${MOST_ROUNDS} rounds`);
}

test("after a limited number of rounds, nothing is left to decide", () => {
  fc.assert(
    fc.property(parts, (cluster) => void untilNothingChanges(snapshotOf(cluster))),
    { numRuns: 2_000 },
  );
});

test("without replacements one round is enough", () => {
  const plain = parts.filter(({ units }) => units.every(({ requirements }) => requirements.replaces.length === 0));
  fc.assert(
    fc.property(plain, (cluster) => assert.ok(untilNothingChanges(snapshotOf(cluster)).rounds <= 1)),
    { numRuns: 1_000 },
  );
});

test("every placed unit meets its requirements", () => {
  const check = (cluster: ClusterParts): void => {
    const { snapshot } = untilNothingChanges(snapshotOf(cluster));
    for (const unit of snapshot.units.values())
      for (const { id } of snapshot.machines.values()) checkPlace(unit, id, snapshot);
  };
  fc.assert(fc.property(parts, check), { numRuns: 2_000 });
});

test("units that keep failing move by the same rules, and then nothing is left to decide", () => {
  const failing = fc.tuple(parts, fc.subarray(names));
  const check = ([cluster, chosen]: [ClusterParts, string[]]): void => {
    const { snapshot: calm } = untilNothingChanges(snapshotOf(cluster));
    const attempts = new Map(chosen.flatMap((name) => failedAttempts(name, calm)));
    const moment = { ...NO_TIME, rested: new Set(chosen) };
    const decisions = decide({ ...calm, attempts }, moment);
    const { snapshot } = untilNothingChanges(apply({ ...calm, attempts }, decisions));
    for (const unit of snapshot.units.values())
      for (const { id } of snapshot.machines.values()) checkPlace(unit, id, snapshot);
    for (const decision of decisions)
      assert.ok(
        decision.reason.code !== "keeps-failing" || (decision.kind === "move" && decision.from !== decision.to),
      );
  };
  fc.assert(fc.property(failing, check), { numRuns: 2_000 });
});

/** The unit's attempts after a failure on its machine. */
function failedAttempts(name: string, { units, assignments }: ClusterSnapshot): [string, Attempts][] {
  const unit = units.get(name);
  const place = [...(assignments.get(name)?.values() ?? [])].find(({ leaving }) => !leaving);
  if (!unit || !place) return [];
  const { machineID, since } = place;
  return [[name, { unitRevision: unit.revision, failed: [{ machineID, since, at: 0, reason: "" }] }]];
}

test("no unit shares a machine with its replacement, except in cycles", () => {
  const plain = parts.filter(({ units }) => units.every(({ requirements }) => requirements.machineOf.length === 0));
  const check = (cluster: ClusterParts): void => {
    const { snapshot } = untilNothingChanges(snapshotOf(cluster));
    for (const { name, requirements } of snapshot.units.values()) {
      for (const other of snapshot.units.values()) {
        const replaced = other.name !== name && requirements.replaces.some((glob) => globRegExp(glob).test(other.name));
        if (!replaced || other.requirements.global || other.requirements.replaces.length > 0) continue;
        for (const id of snapshot.machines.keys())
          assert.ok(!isOn(name, id, snapshot) || !isOn(other.name, id, snapshot));
      }
    }
  };
  fc.assert(fc.property(plain, check), { numRuns: 1_000 });
});

function isOn(name: string, machineID: string, snapshot: ClusterSnapshot): boolean {
  return snapshot.assignments.get(name)?.get(machineID)?.leaving === false;
}

test("a unit and its triggers without requirements share a machine", () => {
  // A trigger link that would form a cycle with Replaces= is dropped.
  const plain = parts.filter(({ units }) => units.every(({ requirements }) => requirements.replaces.length === 0));
  const check = (cluster: ClusterParts): void => {
    const { snapshot } = untilNothingChanges(snapshotOf(cluster));
    for (const triggered of snapshot.units.values()) {
      const stem = triggered.name.replace(/service$/, "");
      const triggers = ["timer", "socket", "path"].flatMap((type) => snapshot.units.get(`${stem}${type}`) ?? []);
      if (triggered.name === stem || ![triggered, ...triggers].every(asksForNothing)) continue;
      for (const { name } of triggers)
        for (const id of snapshot.machines.keys())
          assert.ok(!isOn(name, id, snapshot) || isOn(triggered.name, id, snapshot));
    }
  };
  fc.assert(fc.property(plain, check), { numRuns: 2_000 });
});

function asksForNothing({
  requirements: { global, machineID, machineOf, metadata, conflicts, replaces },
}: Unit): boolean {
  return (
    !global && machineID === undefined && [machineOf, metadata, conflicts, replaces].every(({ length }) => length === 0)
  );
}

test("a unit that is not global has at most one place, an unwanted unit has none", () => {
  const check = (cluster: ClusterParts): void => {
    const { snapshot } = untilNothingChanges(snapshotOf(cluster));
    for (const [name, assignments] of snapshot.assignments) {
      const unit = snapshot.units.get(name);
      const live = [...assignments.values()].filter(
        ({ leaving, machineID }) => !leaving && snapshot.machines.has(machineID),
      );
      assert.ok(unit && unit.desired !== "inactive");
      if (!unit.requirements.global) assert.ok(live.length <= 1);
    }
  };
  fc.assert(fc.property(parts, check), { numRuns: 1_000 });
});

test("the order of the snapshot's maps makes no difference", () => {
  const shuffled = parts.chain((cluster) =>
    fc.tuple(
      fc.constant(cluster),
      fc.record({
        machines: shuffle(cluster.machines),
        units: shuffle(cluster.units),
        assignments: shuffle(cluster.assignments),
        states: fc.constant(cluster.states),
      }),
    ),
  );
  fc.assert(
    fc.property(shuffled, ([one, other]) => assert.deepEqual(decide(snapshotOf(one)), decide(snapshotOf(other)))),
    { numRuns: 1_000 },
  );
});

test("units without requirements are spread evenly", () => {
  const counts = fc.record({ machines: fc.integer({ min: 1, max: 70 }), units: fc.integer({ min: 0, max: 300 }) });
  const check = (count: { machines: number; units: number }): void => {
    const units = Array.from({ length: count.units }, (_, index) => unitOf(`u${index}.service`, [], "launched", index));
    const machines = Array.from({ length: count.machines }, (_, index) => ({ ...sample, id: `m${index}` }));
    const { assignmentsOn } = untilNothingChanges(
      snapshotOf({ machines, units, assignments: [], states: [] }),
    ).snapshot;
    const loads = machines.map(({ id }) => assignmentsOn.get(id)?.size ?? 0);
    assert.ok(Math.max(...loads) - Math.min(...loads) <= 1);
  };
  fc.assert(fc.property(counts, check), { numRuns: 50 });
});

const sample: Machine = {
  id: "",
  metadata: {},
  primaryIP: "",
  version: "",
  peerPort: 0,
  bootID: "",
  capacity: { cpus: 1, memoryBytes: 1 },
  joined: 1,
};

function shuffle<T>(items: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length });
}

/** The rules once more, written independently of the scheduler. */
function checkPlace(unit: Unit, machineID: string, snapshot: ClusterSnapshot): void {
  const here = [...(snapshot.assignmentsOn.get(machineID)?.values() ?? [])]
    .filter(({ leaving }) => !leaving)
    .map((place) => place.unit);
  if (!here.includes(unit.name)) return;
  const { requirements } = unit;
  assert.ok(requirements.machineID === undefined || requirements.machineID === machineID);
  for (const { key, operator, values } of requirements.metadata) {
    assert.equal(operator, "in");
    assert.ok(values.includes(snapshot.machines.get(machineID)?.metadata[key] ?? ""));
  }
  for (const target of requirements.machineOf) assert.ok(here.includes(target), `${unit.name} is not with ${target}`);
  for (const other of here) {
    const named = requirements.conflicts.some((glob) => globRegExp(glob).test(other));
    assert.ok(other === unit.name || !named, `${unit.name} is with ${other}`);
  }
}

function globRegExp(glob: string): RegExp {
  return new RegExp(`^${glob.replaceAll(".", "\\.").replaceAll("*", ".*")}$`);
}
