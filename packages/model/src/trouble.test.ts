import assert from "node:assert/strict";
import { test } from "node:test";
import { troublesOf } from "./trouble.ts";

const M = "m1";
const RUNNING = { load: "loaded", active: "active", sub: "running", launched: true, problem: "" };

interface Case {
  readonly desired?: "inactive" | "loaded" | "launched";
  readonly places?: readonly { readonly machineID: string; readonly leaving?: boolean }[];
  readonly state?: object;
  readonly machines?: readonly string[];
}

function kinds({ desired = "launched", places = [{ machineID: M }], state, machines = [M] }: Case): readonly string[] {
  const assignments = places.map(({ machineID, leaving = false }) => [machineID, { machineID, leaving }]);
  const snapshot = {
    machines: new Map(machines.map((id) => [id, {}])),
    assignments: new Map([["a.service", new Map(assignments as never)]]),
    states: new Map([["a.service", new Map(state ? [[M, state]] : [])]]),
  };
  return troublesOf(snapshot as never, { name: "a.service", desired }).map(
    ({ kind, machineID = "-" }) => `${kind} ${machineID}`,
  );
}

for (const [what, given, expected] of [
  ["an inactive unit", { desired: "inactive", places: [] }, []],
  ["a unit that runs", { state: RUNNING }, []],
  ["a unit without a place", { places: [] }, ["unplaced -"]],
  ["a unit that only leaves a machine", { places: [{ machineID: M, leaving: true }] }, ["unplaced -"]],
  ["a unit of a machine that is away", { machines: [] }, [`away ${M}`]],
  ["a unit of which nothing is known yet", {}, [`pending ${M}`]],
  ["a unit that was not started yet", { state: { ...RUNNING, active: "inactive", launched: false } }, [`pending ${M}`]],
  ["a unit that starts", { state: { ...RUNNING, active: "activating", sub: "start" } }, []],
  ["a failed unit", { state: { ...RUNNING, active: "failed", sub: "failed" } }, [`failed ${M}`]],
  [
    "a unit that systemd restarts",
    { state: { ...RUNNING, active: "activating", sub: "auto-restart" } },
    [`failed ${M}`],
  ],
  ["a unit with a problem", { state: { ...RUNNING, active: "inactive", problem: "no disk" } }, [`failed ${M}`]],
  ["a oneshot that has finished", { state: { ...RUNNING, active: "inactive", sub: "dead" } }, []],
  ["a loaded unit", { desired: "loaded", state: { ...RUNNING, active: "inactive", launched: false } }, []],
  [
    "a unit to load that is not",
    { desired: "loaded", state: { ...RUNNING, load: "not-found", launched: false } },
    [`pending ${M}`],
  ],
  [
    "copies on two machines, one away",
    { places: [{ machineID: M }, { machineID: "m2" }], state: RUNNING },
    ["away m2"],
  ],
] as const) {
  test(`the troubles of ${what}`, () => assert.deepEqual(kinds(given as Case), expected));
}
