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
  ["it failed after the restart", "launched", { restart: 5, state: { ...failed, restarted: 5 } }, "failed"],
  ["it reloads", "launched", { state: { active: "reloading" } }, "reached"],
  ["no place yet", "launched", { placed: false }, undefined],
  ["no place yet, but a copy left to run elsewhere", "launched", { placed: false, state: {} }, undefined],
  ["no state yet", "launched", {}, undefined],
  ["it is being started", "launched", { state: { active: "activating", sub: "start-pre" } }, undefined],
  ["it runs, but not for this assignment", "launched", { state: { launched: false } }, undefined],
  ["the old file runs", "launched", { state: { hash: "old" } }, undefined],
  ["the start failed", "launched", { state: failed }, "failed"],
  ["systemd is about to try again", "launched", { state: { active: "activating", sub: "auto-restart" } }, "failed"],
  ["a dependency failed", "launched", { state: { ...dead, problem: "dependency" } }, "failed"],
  ["an earlier run failed", "launched", { state: { ...failed, launched: false }, graceOver: true }, undefined],
  ["the old file's run failed", "launched", { state: { ...failed, hash: "old" } }, undefined],
  [
    "the old file's run failed, and nothing has happened since",
    "launched",
    { state: { ...failed, hash: "old" }, graceOver: true },
    "failed",
  ],
  ["the host has a unit of its own", "launched", { state: { hash: "", launched: false, problem: "own" } }, "failed"],
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
  ["it is loaded", "loaded", { desired: "loaded", state: { ...dead, launched: false } }, "reached"],
  ["it still runs", "loaded", { desired: "loaded", state: {} }, undefined],
  [
    "what it requires is not there yet",
    "launched",
    { state: { ...dead, launched: false, problem: "x.service not found" } },
    undefined,
  ],
  [
    "what it requires does not come",
    "launched",
    { state: { ...dead, launched: false, problem: "x.service not found" }, graceOver: true },
    "failed",
  ],
  ["somebody stopped it", "launched", { desired: "loaded", state: {} }, "overridden"],
  ["somebody destroyed it", "launched", { desired: "destroyed" }, "overridden"],
  ["it has stopped", "stopped", { desired: "loaded", state: { ...dead, launched: false } }, "reached"],
  [
    "it has failed to stop cleanly, but stopped",
    "stopped",
    { desired: "loaded", state: { ...failed, launched: false } },
    "reached",
  ],
  ["it is stopping", "stopped", { desired: "loaded", state: { active: "deactivating" } }, undefined],
  ["it was never placed", "stopped", { desired: "loaded", placed: false }, "reached"],
  ["it is off its machine", "inactive", { desired: "inactive", placed: false }, "reached"],
  ["its machine still has it", "inactive", { desired: "inactive", placed: false, state: dead }, undefined],
  ["it is still assigned", "inactive", { desired: "inactive" }, undefined],
  ["it is gone", "gone", { desired: "destroyed", placed: false }, "reached"],
  ["it is destroyed but runs", "gone", { desired: "destroyed", placed: false, state: {} }, undefined],
];

for (const [what, goal, given, expected] of cases) {
  test(`${goal}, ${what}: ${expected ?? "wait"}`, () =>
    assert.equal(judge(goal, unitOf(given), given.graceOver ?? false)?.kind, expected));
}
