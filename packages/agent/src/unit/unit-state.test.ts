import assert from "node:assert/strict";
import { test } from "node:test";
import { hasFailed, isStarted, type UnitState } from "@flotilla/model";
import { ACTIVE, ASSIGNED, FAILED, FILE, INACTIVE, LAUNCHED, UNIT } from "./situation.fixture.ts";
import type { Situation } from "./situation.ts";
import { stateOf } from "./unit-state.ts";

const running: Situation = { unit: UNIT, assignment: ASSIGNED, managed: ACTIVE, file: FILE, launch: LAUNCHED };

function state(change: Partial<Situation>, failure?: string): UnitState | undefined {
  return stateOf({ ...running, ...change }, "m1", failure);
}

function published(change: Partial<Situation>, failure?: string): UnitState {
  const result = state(change, failure);
  assert.ok(result);
  return result;
}

test("stateOf: a running unit has fleet's five fields, is launched and has no problem", () => {
  assert.deepEqual(state({}), {
    name: UNIT,
    machineID: "m1",
    hash: "h1",
    load: "loaded",
    active: "active",
    sub: "running",
    launched: true,
    gaveUp: false,
    restarted: 0,
    secrets: 0,
    cleared: 0,
    problem: "",
  });
});

test("stateOf: a unit that the machine's disk does not accept is given up, with the hash of its file", () => {
  const bare: Situation = { ...running, managed: undefined, file: undefined, launch: undefined };
  const shown = (isMachineSpecific: boolean) => {
    const { hash, load, gaveUp, launched } = stateOf(bare, "m1", "ENOSPC", isMachineSpecific) ?? assert.fail();
    return { hash, load, gaveUp, launched };
  };
  assert.deepEqual(shown(true), { hash: "h1", load: "error", gaveUp: true, launched: false });
  assert.deepEqual(shown(false), { hash: "", load: "error", gaveUp: false, launched: false });
});

test("stateOf: launched is for the present assignment only", () => {
  assert.equal(published({ launch: { ...LAUNCHED, since: 0 } }).launched, false);
  assert.equal(published({ assignment: undefined }).launched, false);
  assert.equal(published({ launch: { ...LAUNCHED, phase: "starting" } }).launched, false);
  assert.equal(published({ launch: { ...LAUNCHED, hash: "of the file before" } }).launched, false);
});

test("stateOf: a failed unit stays failed after systemctl reset-failed", () => {
  const failed = { ...LAUNCHED, failed: "exit-code" };
  const file = { ...FILE, restart: "always" } as const;
  const { active, gaveUp, launched, problem } = published({ managed: INACTIVE, file, launch: failed });
  assert.deepEqual({ active, gaveUp, launched }, { active: "inactive", gaveUp: true, launched: true });
  assert.match(problem, /^last run ended with result "exit-code"; .*reset-failed/);
  assert.equal(published({ managed: INACTIVE, launch: failed }).gaveUp, false, "its file has no Restart=");
  assert.equal(published({ managed: { ...INACTIVE, job: "start" }, launch: failed }).problem, "");
});

test("stateOf: a unit unknown to systemd has no state", () => {
  assert.equal(state({ managed: undefined, file: undefined }), undefined);
  assert.equal(state({ managed: { ...INACTIVE, loadState: "stub" } }), undefined);
  assert.equal(state({ managed: { ...INACTIVE, text: "" }, file: undefined }), undefined);
});

test("stateOf: a running unit has a state even without an assignment and a file", () => {
  assert.equal(published({ assignment: undefined, file: undefined }).active, "active");
});

test("stateOf: a oneshot that has finished is started, one that is about to start is not", () => {
  assert.ok(isStarted(published({ managed: INACTIVE })));
  assert.ok(!isStarted(published({ managed: { ...INACTIVE, job: "restart" } })));
});

test("stateOf: a failed start is reported in systemd's words until the unit runs", () => {
  const broken = { ...LAUNCHED, problem: "the main process exited" };
  assert.equal(published({ managed: FAILED, launch: broken }).problem, "the main process exited");
  assert.equal(published({ launch: broken }).problem, "");
  const dependency = published({ managed: INACTIVE, launch: { ...LAUNCHED, problem: "a dependency failed" } });
  assert.ok(hasFailed(dependency) && !isStarted(dependency));
});

test("stateOf: a later failure names systemd's result, even while systemd is about to restart the unit", () => {
  assert.match(published({ managed: FAILED }).problem, /"exit-code"/);
  assert.match(
    published({ managed: { ...ACTIVE, activeState: "activating", subState: "auto-restart", result: "exit-code" } })
      .problem,
    /"exit-code"/,
  );
});

test("stateOf: a file that systemd cannot load is a problem", () => {
  assert.match(published({ managed: { ...INACTIVE, loadState: "bad-setting" } }).problem, /bad-setting/);
});

test("stateOf: a unit that the agent cannot install has load state error", () => {
  const refused = published({ managed: undefined, file: undefined, launch: undefined }, "it is the host's");
  assert.deepEqual(
    [refused.load, refused.active, refused.launched, refused.problem],
    ["error", "inactive", false, "it is the host's"],
  );
  assert.equal(state({ managed: undefined, file: undefined, assignment: undefined }, "x"), undefined);
});

test("stateOf: a stopping unit is cleared once nothing of it is left, not before", () => {
  const stopping = { ...ASSIGNED, exclusive: true, stopping: true };
  const gone = { assignment: stopping, managed: undefined, file: undefined, launch: undefined };
  assert.equal(published(gone).cleared, stopping.revision);
  // systemd could still start it.
  assert.equal(state({ ...gone, managed: { ...INACTIVE, text: "" } }), undefined);
  assert.equal(state({ ...gone, assignment: ASSIGNED }), undefined);
  assert.equal(published({ ...gone, managed: ACTIVE }).cleared, 0);
  assert.equal(published({ assignment: stopping }).cleared, 0);
  assert.equal(state({ ...gone, launch: LAUNCHED }), undefined);
});
