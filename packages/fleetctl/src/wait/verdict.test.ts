import assert from "node:assert/strict";
import { test } from "node:test";
import type { UnitStateEntity } from "@flotilla/api/client";
import { observe, type ObservedUnit } from "./observed-unit.ts";
import { type Goal, judge } from "./verdict.ts";

const MACHINE = "a".repeat(32);
const NEW = "new";

interface Given {
  readonly desired?: "inactive" | "loaded" | "launched" | "destroyed";
  readonly placed?: boolean;
  /** Undefined: the machine has published no state. */
  readonly state?: Partial<UnitStateEntity>;
  readonly graceOver?: boolean;
  /** The restart request to wait for. */
  readonly restart?: number;
}

function unitOf({ desired = "launched", placed = true, state, restart }: Given): ObservedUnit {
  const unit = observe(
    "a.service",
    undefined,
    desired === "destroyed" ? undefined : { hash: NEW, desired, restart },
    1,
  );
  if (placed) unit.places.add(MACHINE);
  const running = {
    name: "a.service",
    machineID: MACHINE,
    hash: NEW,
    load: "loaded",
    active: "active",
    sub: "running",
    launched: true,
    restarted: 0,
    gaveUp: false,
    cleared: 0,
    problem: "",
  };
  if (state) unit.states.set(MACHINE, { ...running, ...state });
  return unit;
}

const dead = { active: "inactive", sub: "dead" };
const failed = { active: "failed", sub: "failed", problem: "exit-code" };

const cases: readonly [what: string, goal: Goal, given: Given, expected: string | undefined][] = [
  ["it runs", "launched", { state: {} }, "reached"],
  ["a oneshot has finished", "launched", { state: dead }, "reached"],
  ["it is restarted", "launched", { restart: 5, state: { restarted: 5 } }, "reached"],
  ["it is restarted once more", "launched", { restart: 5, state: { restarted: 6 } }, "reached"],
  ["it has yet to restart", "launched", { restart: 5, state: { restarted: 4 } }, undefined],
  ["it had failed before the restart", "launched", { restart: 5, state: failed }, undefined],
  ["failed after the restart", "launched", { restart: 5, state: { ...failed, restarted: 5 } }, "failed"],
  ["reloading", "launched", { state: { active: "reloading" } }, "reached"],
  ["no machine yet", "launched", { placed: false }, undefined],
  ["no machine yet, and a leaving copy elsewhere", "launched", { placed: false, state: {} }, undefined],
  ["no state yet", "launched", {}, undefined],
  ["activating", "launched", { state: { active: "activating", sub: "start-pre" } }, undefined],
  ["running, but not for this assignment", "launched", { state: { launched: false } }, undefined],
  ["the old file runs", "launched", { state: { hash: "old" } }, undefined],
  ["the start failed", "launched", { state: failed }, "failed"],
  ["systemd is about to restart it", "launched", { state: { active: "activating", sub: "auto-restart" } }, "failed"],
  ["a dependency failed", "launched", { state: { ...dead, problem: "dependency" } }, "failed"],
  ["an earlier run failed", "launched", { state: { ...failed, launched: false }, graceOver: true }, undefined],
  ["the old file's run failed", "launched", { state: { ...failed, hash: "old" } }, undefined],
  [
    "the old file's run failed, and nothing has happened since",
    "launched",
    { state: { ...failed, hash: "old" }, graceOver: true },
    "failed",
  ],
  [
    "the host has a unit of the same name",
    "launched",
    { state: { hash: "", launched: false, problem: "own" } },
    "failed",
  ],
  [
    "systemd cannot read the file",
    "loaded",
    { desired: "loaded", state: { ...dead, load: "bad-setting", launched: false, problem: "bad" } },
    undefined,
  ],
  [
    "systemd still cannot read the file",
    "loaded",
    { desired: "loaded", state: { ...dead, load: "bad-setting", launched: false, problem: "bad" }, graceOver: true },
    "failed",
  ],
  ["loaded", "loaded", { desired: "loaded", state: { ...dead, launched: false } }, "reached"],
  ["still running", "loaded", { desired: "loaded", state: {} }, undefined],
  [
    "a required unit is not loaded yet",
    "launched",
    { state: { ...dead, launched: false, problem: "x.service not found" } },
    undefined,
  ],
  [
    "a required unit is missing after the grace period",
    "launched",
    { state: { ...dead, launched: false, problem: "x.service not found" }, graceOver: true },
    "failed",
  ],
  ["another client stopped it", "launched", { desired: "loaded", state: {} }, "overridden"],
  ["another client destroyed it", "launched", { desired: "destroyed" }, "overridden"],
  ["stopped", "stopped", { desired: "loaded", state: { ...dead, launched: false } }, "reached"],
  ["stopped, but not cleanly", "stopped", { desired: "loaded", state: { ...failed, launched: false } }, "reached"],
  ["deactivating", "stopped", { desired: "loaded", state: { active: "deactivating" } }, undefined],
  ["never placed", "stopped", { desired: "loaded", placed: false }, "reached"],
  ["unloaded from its machine", "inactive", { desired: "inactive", placed: false }, "reached"],
  ["still on its machine", "inactive", { desired: "inactive", placed: false, state: dead }, undefined],
  ["still assigned", "inactive", { desired: "inactive" }, undefined],
  ["gone", "gone", { desired: "destroyed", placed: false }, "reached"],
  ["destroyed, but still running", "gone", { desired: "destroyed", placed: false, state: {} }, undefined],
];

for (const [what, goal, given, expected] of cases) {
  test(`${goal}, ${what}: ${expected ?? "wait"}`, () =>
    assert.equal(judge(goal, unitOf(given), given.graceOver ?? false)?.kind, expected));
}
