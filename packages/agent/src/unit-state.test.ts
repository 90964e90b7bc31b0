import assert from "node:assert/strict";
import { test } from "node:test";
import { type Assignment, hasFailed, isStarted, type UnitState } from "@flotilla/model";
import type { ManagedUnit } from "@flotilla/systemd";
import type { LaunchRecord } from "./launch-record.ts";
import type { Situation } from "./situation.ts";
import { stateOf } from "./unit-state.ts";

const unit = "a.service";
const managed: ManagedUnit = {
  name: unit,
  text: "-",
  loadState: "loaded",
  activeState: "active",
  subState: "running",
  job: "",
  result: "success",
};
const launch: LaunchRecord = { since: 1, digest: "d", hash: "h", phase: "launched", problem: "" };
const assigned: Assignment = {
  unit,
  machineID: "m",
  digest: "d",
  hash: "h",
  desired: "launched",
  leaving: false,
  exclusive: false,
  stopping: false,
  since: 1,
  revision: 1,
};
const running: Situation = {
  unit,
  assignment: assigned,
  managed,
  file: { digest: "d", hash: "h" },
  launch,
};

function state(change: Partial<Situation>, failure?: string): UnitState | undefined {
  return stateOf({ ...running, ...change }, "m", failure);
}

function published(change: Partial<Situation>, failure?: string): UnitState {
  const result = state(change, failure);
  assert.ok(result);
  return result;
}

const stopped = { ...managed, activeState: "inactive", subState: "dead" };
const failed = { ...managed, activeState: "failed", subState: "failed", result: "exit-code" };

test("stateOf: a unit that runs has fleet's five fields, is launched and has no problem", () => {
  assert.deepEqual(state({}), {
    name: unit,
    machineID: "m",
    hash: "h",
    load: "loaded",
    active: "active",
    sub: "running",
    launched: true,
    gaveUp: false,
    cleared: 0,
    problem: "",
  });
});

test("stateOf: what the machine's disk does not take is given up here, and says of which file", () => {
  const bare: Situation = { ...running, managed: undefined, file: undefined, launch: undefined };
  const shown = (isMachinesFault: boolean) => {
    const { hash, load, gaveUp, launched } = stateOf(bare, "m", "ENOSPC", isMachinesFault) ?? assert.fail();
    return { hash, load, gaveUp, launched };
  };
  assert.deepEqual(shown(true), { hash: "h", load: "error", gaveUp: true, launched: false });
  assert.deepEqual(shown(false), { hash: "", load: "error", gaveUp: false, launched: false });
});

test("stateOf: launched is for the present assignment only", () => {
  assert.equal(published({ launch: { ...launch, since: 0 } }).launched, false);
  assert.equal(published({ assignment: undefined }).launched, false);
  assert.equal(published({ launch: { ...launch, phase: "starting" } }).launched, false);
  assert.equal(published({ launch: { ...launch, hash: "of the file before" } }).launched, false);
});

test("stateOf: nothing is published of what systemd does not know", () => {
  assert.equal(state({ managed: undefined, file: undefined }), undefined);
  assert.equal(state({ managed: { ...stopped, loadState: "stub" } }), undefined);
  assert.equal(state({ managed: { ...stopped, text: "" }, file: undefined }), undefined);
});

test("stateOf: what runs is published also when it is not assigned and its file is gone", () => {
  assert.equal(published({ assignment: undefined, file: undefined }).active, "active");
});

test("stateOf: a oneshot that has finished is started, one that is about to start is not", () => {
  assert.ok(isStarted(published({ managed: stopped })));
  assert.ok(!isStarted(published({ managed: { ...stopped, job: "restart" } })));
});

test("stateOf: a failed start is told in systemd's words as long as the unit does not run", () => {
  const broken = { ...launch, problem: "the main process exited" };
  assert.equal(published({ managed: failed, launch: broken }).problem, "the main process exited");
  assert.equal(published({ launch: broken }).problem, "");
  const dependency = published({ managed: stopped, launch: { ...launch, problem: "a dependency failed" } });
  assert.ok(hasFailed(dependency) && !isStarted(dependency));
});

test("stateOf: a later failure names systemd's result, also while systemd is about to try again", () => {
  assert.match(published({ managed: failed }).problem, /"exit-code"/);
  assert.match(
    published({ managed: { ...managed, activeState: "activating", subState: "auto-restart", result: "exit-code" } })
      .problem,
    /"exit-code"/,
  );
});

test("stateOf: a file that systemd cannot load is a problem", () => {
  assert.match(published({ managed: { ...stopped, loadState: "bad-setting" } }).problem, /bad-setting/);
});

test("stateOf: a unit that the agent may not or cannot put in place has load state error", () => {
  const refused = published({ managed: undefined, file: undefined, launch: undefined }, "it is the host's");
  assert.deepEqual(
    [refused.load, refused.active, refused.launched, refused.problem],
    ["error", "inactive", false, "it is the host's"],
  );
  assert.equal(state({ managed: undefined, file: undefined, assignment: undefined }, "x"), undefined);
});

test("stateOf: a unit that is to stop first is cleared once nothing is left of it, and not before", () => {
  const stopping = { ...assigned, exclusive: true, stopping: true };
  const gone = { assignment: stopping, managed: undefined, file: undefined, launch: undefined };
  assert.equal(published(gone).cleared, stopping.revision);
  assert.equal(published({ ...gone, managed: { ...managed, activeState: "failed" } }).cleared, stopping.revision);
  assert.equal(state({ ...gone, assignment: assigned }), undefined);
  assert.equal(published({ ...gone, managed }).cleared, 0);
  assert.equal(published({ assignment: stopping }).cleared, 0);
  assert.equal(state({ ...gone, launch }), undefined);
});
