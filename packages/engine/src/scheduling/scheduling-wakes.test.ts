import assert from "node:assert/strict";
import { noEvents } from "@flotilla/model";
import { test } from "node:test";
import type { UnitState } from "@flotilla/model";
import type { ClusterChange } from "@flotilla/registry";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import { assignmentRecord } from "../fixture/records.fixture.ts";
import { SchedulingController } from "./scheduling-controller.ts";

const RUNNING: UnitState = {
  name: "a.service",
  machineID: "m1",
  hash: "h",
  load: "loaded",
  active: "active",
  sub: "running",
  launched: true,
  restarted: 0,
  secrets: 0,
  gaveUp: false,
  cleared: 0,
  problem: "",
};

/** Whether a state report makes the leader run a pass at once, for a unit with these places. */
function wakesFor(value: UnitState | undefined, leaving: readonly boolean[] = []): boolean {
  const clock = new ManualClock();
  const options = {
    assignments: undefined as never,
    exclusiveMs: 60_000,
    interval: 2_000,
    clock,
    log: silentLogger,
    events: noEvents,
    observer: {},
  };
  const change: ClusterChange = { kind: "state", unit: "a.service", machineID: "m1", value, revision: 1 };
  const places = leaving.map((is, index) => assignmentRecord("a.service", `m${index}`, { leaving: is }));
  const assignments = new Map([["a.service", new Map(places.map((place) => [place.machineID, place]))]]);
  return new SchedulingController(options).wakes(change, { assignments, units: new Map() });
}

test("an ordinary report of a state needs no pass", () => {
  assert.equal(wakesFor(RUNNING, [false]), false);
  assert.equal(wakesFor(undefined, [false]), false);
});

test("a unit that systemd gave up, or whose failures were cleared, needs a pass at once", () => {
  assert.equal(wakesFor({ ...RUNNING, active: "failed", gaveUp: true }), true);
  assert.equal(wakesFor({ ...RUNNING, cleared: 1 }), true);
});

test("each report of a unit with a leaving copy needs a pass at once", () => {
  assert.equal(wakesFor(RUNNING, [false, true]), true);
});
