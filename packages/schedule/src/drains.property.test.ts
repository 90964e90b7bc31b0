import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClusterSnapshot, isStarted, type UnitState } from "@flotilla/model";
import fc from "fast-check";
import { decide } from "./decide.ts";
import { apply, brief } from "./fixture/apply.ts";
import { cluster } from "./fixture/cluster.ts";
import { type Moment, NO_TIME } from "./history/moment.ts";

const wishes = fc.tuple(...["m1", "m2", "m3"].map(() => fc.constantFrom("", "", "cordoned", "drained")));

const options = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("", "MinAvailable=1", "MinAvailable=2", "MinAvailable=50%") },
  fc.constantFrom(
    "Conflicts=w@*",
    "MachineID=m1",
    "NeverMoves=true",
    "Exclusive=true",
    "Exclusive=true MinAvailable=2",
    "MachineOf=a.service",
  ),
);

const unit = (name: string, own: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(own, fc.constantFrom("m1", "m1", "m2", "m3"), fc.boolean())
    .map(([lines, id, isUp]) => `${name} ${lines} @${id} ${isUp ? `+${id}` : ""}`.replaceAll(/ +/g, " ").trim());

/** The instances of a template have the same file. */
const units = options.chain((ofTemplate) =>
  fc.tuple(
    ...["a", "b", "c"].map((name) => unit(name, options)),
    ...["w@1", "w@2", "w@3", "w@4"].map((name) => unit(name, fc.constant(ofTemplate))),
  ),
);

/** Rounds until nothing changes, more than a drain of these units can take. */
const MOST_ROUNDS = 40;

interface Round {
  readonly before: ClusterSnapshot;
  readonly after: ClusterSnapshot;
}

/** The cluster while a drain runs: after each round of decisions, every unit that was started is up, and stays so. */
function rounds(first: ClusterSnapshot): readonly Round[] {
  const all: Round[] = [];
  let before = first;
  for (;;) {
    assert.ok(all.length < MOST_ROUNDS, "the drain ends");
    const toWrite = decide(before, steady(before)).filter(({ writes }) => writes.length > 0);
    const written = apply(before, toWrite);
    const again = decide(written, steady(before)).filter(({ writes }) => writes.length > 0);
    // The end of a copy lets the next instance of its template go.
    if (!toWrite.some(({ kind }) => kind === "end-copy"))
      assert.deepEqual(again.map(brief), [], "a second pass does nothing");
    const after = withStates(written);
    if (toWrite.length === 0 && after.states.size === before.states.size) return all;
    all.push({ before, after: written });
    before = after;
  }
}

function steady({ units: known }: ClusterSnapshot): Moment {
  return { ...NO_TIME, steady: new Set(known.keys()) };
}

/** Each machine does at once what it was asked to do. */
function withStates(snapshot: ClusterSnapshot): ClusterSnapshot {
  const states = new Map<string, Map<string, UnitState>>();
  for (const [name, places] of snapshot.assignments) {
    const of = new Map<string, UnitState>();
    for (const { machineID, leaving, stopping, revision, hash } of places.values()) {
      const known = snapshot.states.get(name)?.get(machineID);
      const bare = { name, machineID, hash, restarted: 0, secrets: 0, gaveUp: false, problem: "", load: "loaded" };
      if (stopping) of.set(machineID, { ...bare, active: "inactive", sub: "", launched: false, cleared: revision });
      else if (leaving && known) of.set(machineID, known);
      else if (!leaving) of.set(machineID, { ...bare, active: "active", sub: "", launched: true, cleared: 0 });
    }
    states.set(name, of);
  }
  return { ...snapshot, states };
}

function inUpkeep(snapshot: ClusterSnapshot): readonly string[] {
  return [...snapshot.machines.values()].filter(({ cordon, drain }) => cordon ?? drain).map(({ id }) => id);
}

function staying(snapshot: ClusterSnapshot, id: string): readonly string[] {
  return [...(snapshot.assignmentsOn.get(id)?.values() ?? [])].filter((each) => !each.leaving).map((each) => each.unit);
}

/** A cluster that has nothing left to decide, before its operator cordons and drains machines. */
type Parts = readonly [wishes: readonly string[], units: readonly string[]];

function underWay([asked, texts]: Parts): ClusterSnapshot {
  const calm = rounds(cluster("m1 m2 m3", ...texts)).at(-1)?.after ?? cluster("m1 m2 m3", ...texts);
  const machines = new Map(calm.machines);
  for (const [index, wish] of asked.entries()) {
    const machine = machines.get(`m${index + 1}`) ?? assert.fail();
    const upkeep = wish === "" ? {} : { [wish === "drained" ? "drain" : "cordon"]: { reason: "", since: 1 } };
    machines.set(machine.id, { ...machine, ...upkeep });
  }
  return withStates({ ...calm, machines });
}

const clusters = fc.tuple(wishes, units);

test("a machine that is drained or cordoned gets no new unit", () => {
  const check = (parts: Parts): void => {
    for (const { before, after } of rounds(underWay(parts)))
      for (const id of inUpkeep(before)) {
        const had = new Set(before.assignmentsOn.get(id)?.keys());
        for (const name of staying(after, id)) assert.ok(had.has(name), `${name} came to ${id}`);
      }
  };
  fc.assert(fc.property(clusters, check), { numRuns: 500 });
});

test("while units move, at least MinAvailable= instances are up, or as many as before", () => {
  const isUp = (name: string, { states, assignments }: ClusterSnapshot): boolean =>
    [...(assignments.get(name)?.values() ?? [])].some(({ machineID, stopping }) => {
      const state = states.get(name)?.get(machineID);
      return !stopping && state !== undefined && isStarted(state);
    });
  const check = (parts: Parts): void => {
    for (const { before, after } of rounds(underWay(parts))) {
      const names = [...before.units.keys()].filter((name) => name.startsWith("w@"));
      const [was, is] = [before, after].map((each) => names.filter((name) => isUp(name, each)).length);
      for (const name of names) {
        const { least = 0, of } = before.units.get(name)?.requirements.minAvailable ?? {};
        const asked = of === "percent" ? Math.ceil((names.length * least) / 100) : least;
        const isMoving = !before.assignments
          .get(name)
          ?.values()
          .some(({ leaving, stopping }) => leaving || stopping);
        const moves = after.assignments
          .get(name)
          ?.values()
          .some(({ leaving, stopping }) => leaving || stopping);
        if (isMoving && moves) assert.ok((is ?? 0) >= Math.min(asked, was ?? 0), `${is} of ${asked} are up`);
      }
    }
  };
  fc.assert(fc.property(clusters, check), { numRuns: 500 });
});

test("at the end of a drain, what is left has a reason to stay", () => {
  const check = (parts: Parts): void => {
    const first = underWay(parts);
    const last = rounds(first).at(-1)?.after ?? first;
    const others = [...last.machines.values()].filter(({ cordon, drain }) => !cordon && !drain);
    if (others.length === 0) return;
    for (const { id, drain } of last.machines.values())
      for (const name of drain ? staying(last, id) : []) {
        const { requirements } = last.units.get(name) ?? assert.fail();
        const isBound = [...last.units.values()].some((each) => each.requirements.machineOf.includes(name));
        const { machineID, neverMoves, minAvailable, conflicts, machineOf } = requirements;
        const mayStay = machineID !== undefined || neverMoves || minAvailable !== undefined || conflicts.length > 0;
        const isConflict = [...last.units.values()].some((each) => each.requirements.conflicts.length > 0);
        assert.ok(mayStay || isBound || isConflict || machineOf.length > 0, `${name} stays on ${id}`);
      }
  };
  fc.assert(fc.property(clusters, check), { numRuns: 500 });
});
