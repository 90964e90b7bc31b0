import assert from "node:assert/strict";
import { test } from "node:test";
import { Registry } from "prom-client";
import { measureUnits, MOST_UNIT_SERIES, type UnitsView } from "./unit-metrics.ts";

const RUNNING = { load: "loaded", sub: "running", launched: true, problem: "", active: "active" };

function viewOf(states: Readonly<Record<string, object>>, wanted: readonly string[]): UnitsView {
  const place = new Map([["m1", { machineID: "m1", leaving: false }]]);
  return {
    machines: new Map([["m1", {}]]),
    units: new Map(wanted.map((name) => [name, { name, desired: "launched" }])),
    assignments: new Map(Object.keys(states).map((name) => [name, place])),
    states: new Map(
      Object.entries(states).map(([name, state]) => [name, new Map([["m1", { name, machineID: "m1", ...state }]])]),
    ),
  } as unknown as UnitsView;
}

async function scraped(view: UnitsView | undefined): Promise<readonly string[]> {
  const registry = new Registry();
  measureUnits(registry, () => view);
  return (await registry.metrics()).split("\n").filter((line) => line.startsWith("fleet_"));
}

test("each unit's state, and the wanted units that do not run, are measured", async () => {
  const failed = { ...RUNNING, active: "failed", sub: "failed" };
  const view = viewOf({ "a.service": RUNNING, "b.service": failed }, ["a.service", "b.service", "c.service"]);
  assert.deepEqual(await scraped(view), [
    'fleet_unit_state{unit="a.service",machine="m1",state="active"} 1',
    'fleet_unit_state{unit="b.service",machine="m1",state="failed"} 1',
    'fleet_units_not_running{why="unplaced"} 1',
    'fleet_units_not_running{why="away"} 0',
    'fleet_units_not_running{why="failed"} 1',
    'fleet_units_not_running{why="pending"} 0',
  ]);
});

test("a daemon that does not lead measures no units", async () => {
  assert.deepEqual(await scraped(undefined), []);
});

test("the number of series is limited", async () => {
  const names = Array.from({ length: MOST_UNIT_SERIES + 5 }, (_, index) => `u${index}.service`);
  const view = viewOf(Object.fromEntries(names.map((name) => [name, RUNNING])), []);
  const series = (await scraped(view)).filter((line) => line.startsWith("fleet_unit_state"));
  assert.equal(series.length, MOST_UNIT_SERIES);
});
