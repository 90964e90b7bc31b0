import assert from "node:assert/strict";
import { test } from "node:test";
import type { Machine } from "@flotilla/model";
import { machineRecord } from "../fixture/live-feed.fixture.ts";
import { Absences } from "./absences.ts";

const TTL_MS = 30_000;

interface Scene {
  readonly present?: string;
  readonly listed?: string;
  readonly assigned?: string;
  readonly departed?: string;
  readonly removed?: string;
  readonly hold?: number;
}

const ids = (text = ""): string[] => text.split(" ").filter(Boolean);

const machineOf = (id: string): Machine => ({ ...machineRecord(id), joined: 1 });

/** A view with machines, assignments and the attendance only. */
function viewOf({ present, listed, assigned, departed, removed, hold }: Scene) {
  const attendance = {
    present: ids(listed),
    missing: [],
    ...(hold !== undefined && { hold: { since: hold, machines: [], of: 3 } }),
  };
  return {
    machines: new Map(ids(present).map((id) => [id, machineOf(id)])),
    assignmentsOn: new Map(ids(assigned).map((id) => [id, new Map()])),
    departed: new Set(ids(departed)),
    left: new Set(ids(departed)),
    removed: new Set(ids(removed)),
    released: undefined,
    attendance,
  };
}

function lab(heardSince: () => number | undefined = () => undefined) {
  const absences = new Absences({ heardSince, settleMs: 10_000, machineTtlMs: TTL_MS });
  const at = (monotonic: number, scene: Scene): void =>
    absences.update(viewOf(scene), { monotonic, wall: 1_000_000 + monotonic });
  const machine = (machineID: string, isPresent: boolean): void => {
    const value = isPresent ? machineOf(machineID) : undefined;
    absences.note({ kind: "machine", machineID, value, revision: 1 });
  };
  return { absences, at, machine };
}

test("a machine is absent when it is in the attendance or has assignments, and is not in the cluster", () => {
  const { absences, at } = lab();
  at(100, { present: "a", listed: "a b", assigned: "c" });
  assert.deepEqual([...absences.all.keys()].sort(), ["b", "c"]);
  assert.equal(absences.all.get("b")?.since, 100);
});

test("an absence ends when the machine returns, or is neither listed nor assigned", () => {
  const { absences, at, machine } = lab();
  at(100, { listed: "a b" });
  machine("a", true);
  at(200, { present: "a", listed: "a b" });
  assert.deepEqual([...absences.all.keys()], ["b"]);
  at(300, { present: "a", listed: "a" });
  assert.equal(absences.all.size, 0);
});

test("a machine that came and went between two updates is a new absence", () => {
  const { absences, at, machine } = lab();
  at(100, { listed: "a" });
  machine("a", true);
  machine("a", false);
  at(200, { listed: "a" });
  assert.equal(absences.all.get("a")?.since, 200);
});

test("a machine that leaves on purpose counts as silent once its units have had time to stop", () => {
  const { absences, at, machine } = lab();
  at(0, { present: "a", assigned: "a" });
  machine("a", false);
  at(100, { assigned: "a", departed: "a" });
  assert.deepEqual([absences.all.get("a")?.since, absences.all.get("a")?.silentSince], [100, undefined]);
  assert.deepEqual(absences.all.get("a")?.lastStarts, { from: 1_000_100 - 10_000, to: 1_000_100 });
  at(500, { assigned: "a" });
  assert.deepEqual([absences.all.get("a")?.since, absences.all.get("a")?.silentSince], [100, 500]);
});

test("a removed machine is silent once its lease has ended, and ends no hold", () => {
  const { absences, at, machine } = lab();
  at(0, { present: "a b", assigned: "a" });
  machine("a", false);
  const scene = { present: "b", listed: "a b", assigned: "a", removed: "a" };
  at(100, { ...scene, departed: "a" });
  assert.equal(absences.all.get("a")?.silentSince, undefined);
  at(200, scene);
  assert.equal(absences.all.get("a")?.silentSince, 200);
  assert.deepEqual([absences.isRemoved("a"), absences.isRemoved("b")], [true, false]);
  assert.ok(!absences.observed(viewOf(scene)).departed.has("a"));
});

test("a start order that a lost machine cannot have seen did not take the machine down", () => {
  const { absences, at } = lab();
  at(50_000, { assigned: "a" });
  const lastHeartbeat = 1_050_000 - TTL_MS;
  assert.deepEqual(absences.all.get("a")?.lastStarts, { from: lastHeartbeat - 10_000, to: lastHeartbeat + 11_000 });
});

test("while daemons return after an outage of the store, no time counts toward a mass loss", () => {
  const { absences, at } = lab(() => 1_000);
  at(2_000, { listed: "a" });
  const observed = () => absences.observed(viewOf({ listed: "a" }));
  assert.deepEqual([observed().settling, observed().missedFor("a")], [true, 0]);
  at(15_000, { listed: "a" });
  assert.deepEqual([observed().settling, observed().missedFor("a")], [false, 4_000]);
});

test("a hold counts from when this leader first saw it", () => {
  const { absences, at } = lab();
  at(1_000, { hold: 7 });
  at(3_000, { hold: 7 });
  const hold = { since: 7, machines: [], of: 3 };
  assert.equal(absences.observed(viewOf({})).heldFor(hold), 2_000);
  at(4_000, { hold: 8 });
  assert.equal(absences.observed(viewOf({})).heldFor(hold), 0);
});
