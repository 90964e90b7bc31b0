import assert from "node:assert/strict";
import { test } from "node:test";
import type { Assignment } from "@flotilla/model";
import type { LaunchRecord } from "../launch/launch-record.ts";
import { tasksFor } from "./tasks-for.ts";
import { ACTIVE, ASSIGNED, FAILED, FILE, INACTIVE, LAUNCHED, UNIT } from "./situation.fixture.ts";
import type { Situation, Wait } from "./situation.ts";

const EXCLUSIVE: Assignment = { ...ASSIGNED, exclusive: true };
const LOADED: LaunchRecord = { ...LAUNCHED, hash: "", phase: "loaded" };
const OLD_FILE = { digest: "d0", hash: "h0" };
/** Another text with the same options, as after a changed comment. */
const COMMENTED = { digest: "d2", hash: "h1" };

const SERVICE: Wait = { unit: UNIT, until: "loaded", problem: "" };
const SOCKET: Wait = { unit: "web.socket", until: "started", problem: "" };
const RUNS: Wait = { unit: UNIT, until: "stopped", problem: "it runs" };

const nothing: Situation = {
  unit: UNIT,
  assignment: undefined,
  managed: undefined,
  file: undefined,
  launch: undefined,
};
const toLaunch: Situation = { ...nothing, assignment: ASSIGNED };
const toLoad: Situation = { ...nothing, assignment: { ...ASSIGNED, desired: "loaded" } };
/** The unit names a secret, which got the number 9 since the unit was started. */
const USES_DB = { ...FILE, secrets: { names: ["db"], onChange: "restart" } } as const;
const RELOADS: Situation["file"] = { ...USES_DB, secrets: { names: ["db"], onChange: "reload" } };
const IGNORES: Situation["file"] = { ...USES_DB, secrets: { names: ["db"], onChange: "ignore" } };
const HELD = new Map([["db", 9]]);
const ROTATED: Situation = {
  ...toLaunch,
  assignment: { ...ASSIGNED, secrets: 9 },
  managed: ACTIVE,
  file: USES_DB,
  launch: { ...LAUNCHED, secrets: 6 },
  secrets: HELD,
};
/** The unit was started, a restart was requested since, and its file is installed. */
const RESTART = { assignment: { ...ASSIGNED, restart: 7 }, file: FILE };
const TO_LOAD: Assignment = { ...RESTART.assignment, desired: "loaded" };
const REPLACING: LaunchRecord = { ...LAUNCHED, restart: 6, phase: "replacing" };
const leaving: Situation = { ...nothing, assignment: { ...ASSIGNED, leaving: true } };

const cases: readonly (readonly [string, Situation, string])[] = [
  ["nothing here and nothing assigned", nothing, ""],
  ["newly assigned to launch", toLaunch, "write enable reload start"],
  ["newly assigned to load", toLoad, "write enable reload load"],
  ["a new timer, whose file may say what it triggers", { ...toLaunch, unit: "web.timer" }, "write enable reload load"],
  [
    "a timer that waits for its service",
    { ...toLaunch, unit: "web.timer", managed: INACTIVE, file: FILE, launch: LOADED, waitsFor: SERVICE },
    "",
  ],
  [
    "a timer whose service systemd knows",
    { ...toLaunch, unit: "web.timer", managed: INACTIVE, file: FILE, launch: LOADED },
    "start",
  ],
  [
    "a timer with the desired state loaded does not wait",
    { ...toLoad, unit: "web.timer", managed: ACTIVE, file: FILE, launch: LAUNCHED, waitsFor: SERVICE },
    "stop",
  ],
  [
    "an exclusive unit while the guard is not armed",
    { ...toLaunch, assignment: EXCLUSIVE, isGuarded: true },
    "write enable reload load",
  ],
  [
    "an exclusive unit while the guard is armed",
    {
      ...toLaunch,
      assignment: EXCLUSIVE,
      managed: INACTIVE,
      file: FILE,
      launch: LOADED,
      isGuarded: true,
      isArmed: true,
    },
    "start",
  ],
  [
    "a timer of an exclusive unit while the guard is not armed",
    { ...toLaunch, unit: "web.timer", managed: INACTIVE, file: FILE, launch: LOADED, isGuarded: true },
    "",
  ],
  [
    "a timer whose unit has become exclusive",
    { ...toLaunch, managed: ACTIVE, file: FILE, launch: LAUNCHED, isGuarded: true, isGuardOutdated: true },
    "reload load",
  ],
  ["a service that is new and waits for its socket", { ...toLaunch, waitsFor: SOCKET }, "write enable reload load"],
  [
    "a service that waits for its socket",
    { ...toLaunch, managed: INACTIVE, file: FILE, launch: LOADED, waitsFor: SOCKET },
    "",
  ],
  [
    "a socket whose service runs",
    { ...toLaunch, unit: "web.socket", managed: INACTIVE, file: FILE, launch: LOADED, waitsFor: RUNS },
    "",
  ],
  [
    "a socket that listens already, assigned again while its service runs",
    { ...toLaunch, unit: "web.socket", managed: ACTIVE, file: FILE, launch: { ...LAUNCHED, since: 4 }, waitsFor: RUNS },
    "start",
  ],
  [
    "a socket whose options have changed while its service runs",
    {
      ...toLaunch,
      unit: "web.socket",
      managed: ACTIVE,
      file: FILE,
      launch: { ...LAUNCHED, hash: "h0" },
      waitsFor: RUNS,
    },
    "",
  ],
  [
    "an exclusive unit that must stop first",
    {
      ...{ ...toLaunch, assignment: { ...EXCLUSIVE, stopping: true }, isGuarded: true },
      ...{ managed: ACTIVE, file: FILE, launch: LAUNCHED },
    },
    "stop kill remove",
  ],
  [
    "… that has stopped, and that systemd may still start",
    { ...toLaunch, assignment: { ...EXCLUSIVE, stopping: true }, managed: { ...INACTIVE, text: "" } },
    "remove",
  ],
  [
    "… that is only on the guard's list",
    { ...toLaunch, assignment: { ...EXCLUSIVE, stopping: true }, isListed: true },
    "kill remove",
  ],
  ["… that is gone", { ...toLaunch, assignment: { ...EXCLUSIVE, stopping: true } }, ""],
  ["launched, as desired", { ...toLaunch, managed: ACTIVE, file: FILE, launch: LAUNCHED }, ""],
  ["loaded, as desired", { ...toLoad, managed: INACTIVE, file: FILE, launch: LOADED }, ""],
  ["loaded, but its timer has started it", { ...toLoad, managed: ACTIVE, file: FILE, launch: LOADED }, ""],
  [
    "loaded, and systemd has not been asked about it",
    { ...toLoad, managed: { ...INACTIVE, loadState: "stub" }, file: FILE, launch: LOADED },
    "load",
  ],
  ["from loaded to launched", { ...toLaunch, managed: INACTIVE, file: FILE, launch: LOADED }, "start"],
  ["from launched to loaded", { ...toLoad, managed: ACTIVE, file: FILE, launch: LAUNCHED }, "stop"],
  [
    "from launched to loaded after it has finished",
    { ...toLoad, managed: INACTIVE, file: FILE, launch: LAUNCHED },
    "stop",
  ],
  [
    "a oneshot that has finished, or a unit stopped by hand",
    { ...toLaunch, managed: INACTIVE, file: FILE, launch: LAUNCHED },
    "",
  ],
  ["a start that failed", { ...toLaunch, managed: FAILED, file: FILE, launch: LAUNCHED }, ""],
  [
    "assigned again, and it still runs",
    { ...toLaunch, managed: ACTIVE, file: FILE, launch: { ...LAUNCHED, since: 4 } },
    "start",
  ],
  [
    "assigned again after it has finished",
    { ...toLaunch, managed: INACTIVE, file: FILE, launch: { ...LAUNCHED, since: 4 } },
    "start",
  ],
  [
    "assigned again with other options, and it still runs",
    { ...toLaunch, managed: ACTIVE, file: OLD_FILE, launch: { ...LAUNCHED, since: 4, digest: "d0", hash: "h0" } },
    "write enable reload restart",
  ],
  ["a restart was requested", { ...toLaunch, ...RESTART, managed: ACTIVE, launch: LAUNCHED }, "restart"],
  ["… after it has finished", { ...toLaunch, ...RESTART, managed: INACTIVE, launch: LAUNCHED }, "restart"],
  ["… while its timer runs it", { ...toLaunch, ...RESTART, managed: ACTIVE, launch: LOADED }, "restart"],
  ["… before it was started", { ...toLaunch, ...RESTART, managed: INACTIVE, launch: LOADED }, "start"],
  ["… again while it restarts", { ...toLaunch, ...RESTART, managed: ACTIVE, launch: REPLACING }, "restart"],
  ["… and is done", { ...toLaunch, ...RESTART, managed: ACTIVE, launch: { ...LAUNCHED, restart: 7 } }, ""],
  [
    "… and the desired state is loaded by now",
    { ...toLoad, ...RESTART, managed: ACTIVE, launch: LAUNCHED, assignment: TO_LOAD },
    "stop",
  ],
  ["a secret without a copy", { ...ROTATED, launch: LOADED, managed: INACTIVE, secrets: undefined }, "fetch start"],
  ["a new version of a secret", { ...ROTATED, secrets: new Map([["db", 6]]) }, "fetch restart"],
  ["… of which there is a copy", ROTATED, "restart"],
  ["… which the unit has", { ...ROTATED, launch: { ...LAUNCHED, secrets: 9 } }, ""],
  ["… for a unit that reloads", { ...ROTATED, file: RELOADS }, "tell"],
  ["… for a unit that ignores it", { ...ROTATED, file: IGNORES }, "tell"],
  ["… for a unit that has finished", { ...ROTATED, managed: INACTIVE }, "tell"],
  ["… for a unit that runs for an earlier assignment", { ...ROTATED, launch: { ...LAUNCHED, since: 4 } }, "restart"],
  ["… and an earlier start was interrupted", { ...ROTATED, launch: { ...LAUNCHED, phase: "starting" } }, "restart"],
  ["… beside a restart request", { ...ROTATED, assignment: { ...ASSIGNED, secrets: 9, restart: 7 } }, "restart"],
  ["a deleted secret", { ...ROTATED, assignment: ASSIGNED }, ""],
  [
    "a loaded unit with a new version of a secret",
    { ...ROTATED, assignment: { ...ASSIGNED, desired: "loaded", secrets: 9 }, secrets: undefined, launch: LOADED },
    "fetch",
  ],
  [
    "changed options",
    { ...toLaunch, managed: ACTIVE, file: OLD_FILE, launch: { ...LAUNCHED, digest: "d0", hash: "h0" } },
    "write enable reload restart",
  ],
  [
    "options changed again during a restart",
    { ...toLaunch, managed: ACTIVE, file: OLD_FILE, launch: { ...LAUNCHED, hash: "h0", phase: "replacing" } },
    "write enable reload restart",
  ],
  [
    "a changed comment",
    { ...toLaunch, managed: ACTIVE, file: COMMENTED, launch: { ...LAUNCHED, digest: "d2" } },
    "write enable reload load",
  ],
  [
    "a changed file of a loaded unit",
    { ...toLoad, managed: INACTIVE, file: OLD_FILE, launch: { ...LOADED, digest: "d0" } },
    "write enable reload load",
  ],
  [
    "changed options, and the desired state is loaded",
    { ...toLoad, managed: ACTIVE, file: OLD_FILE, launch: { ...LAUNCHED, digest: "d0", hash: "h0" } },
    "write enable reload load stop",
  ],
  [
    "the file was removed by hand",
    { ...toLaunch, managed: { ...ACTIVE, text: "" }, launch: LAUNCHED },
    "write enable reload load",
  ],
  [
    "launched again while it stops",
    {
      ...toLaunch,
      managed: { ...ACTIVE, activeState: "deactivating" },
      file: FILE,
      launch: { ...LAUNCHED, phase: "stopping" },
    },
    "start",
  ],
  [
    "the desired state is loaded, and a stop may be under way",
    { ...toLoad, managed: ACTIVE, file: FILE, launch: { ...LAUNCHED, phase: "stopping" } },
    "stop",
  ],
  ["no longer assigned, and it runs", { ...nothing, managed: ACTIVE, file: FILE, launch: LAUNCHED }, "stop remove"],
  ["no longer assigned, and only loaded", { ...nothing, managed: INACTIVE, file: FILE, launch: LOADED }, "remove"],
  [
    "no longer assigned, and a start may be under way",
    { ...nothing, managed: INACTIVE, file: FILE, launch: { ...LAUNCHED, phase: "starting" } },
    "stop remove",
  ],
  ["a running unit without a record and an assignment", { ...nothing, managed: ACTIVE, file: FILE }, "stop remove"],
  ["a failed unit without a record and an assignment", { ...nothing, managed: FAILED, file: FILE }, "remove"],
  ["removed, but systemd still has it in memory", { ...nothing, managed: { ...INACTIVE, text: "" } }, "remove"],
  ["a record alone", { ...nothing, launch: LOADED }, "remove"],
  ["leaving, and it runs", { ...leaving, managed: ACTIVE, file: FILE, launch: LAUNCHED }, ""],
  ["leaving, and nothing is here", leaving, ""],
  ["leaving, with another file", { ...leaving, managed: ACTIVE, file: OLD_FILE, launch: LAUNCHED }, ""],
];

for (const [name, situation, expected] of cases) {
  test(`tasksFor: ${name}: ${expected === "" ? "nothing to do" : expected}`, () => {
    assert.equal(
      tasksFor(situation)
        .map(({ type }) => type)
        .join(" "),
      expected,
    );
  });
}

const crashes: readonly (readonly [string, Partial<Situation>, string])[] = [
  ["after the file was written", { managed: INACTIVE, file: FILE }, "enable reload start"],
  [
    "after a changed file was written",
    { managed: ACTIVE, file: FILE, launch: { ...LAUNCHED, digest: "d0", hash: "h0" } },
    "enable reload restart",
  ],
  [
    "before or after systemd was asked to start",
    { managed: INACTIVE, file: FILE, launch: { ...LAUNCHED, phase: "starting" } },
    "start",
  ],
  [
    "before or after systemd was asked to restart",
    { managed: ACTIVE, file: FILE, launch: { ...LAUNCHED, phase: "restarting" } },
    "restart",
  ],
  [
    "after systemd had taken up the restart",
    { managed: ACTIVE, file: FILE, launch: { ...LAUNCHED, phase: "replacing" } },
    "",
  ],
  [
    "while an older version of the unit was starting",
    {
      managed: { ...ACTIVE, activeState: "activating" },
      file: FILE,
      launch: { ...LAUNCHED, hash: "h0", phase: "starting" },
    },
    "restart",
  ],
  ["with its record lost while it runs", { managed: ACTIVE, file: FILE }, "enable reload start"],
];

for (const [name, found, expected] of crashes) {
  test(`tasksFor: a daemon that died ${name} goes on with ${expected}`, () => {
    assert.equal(
      tasksFor({ ...toLaunch, ...found })
        .map(({ type }) => type)
        .join(" "),
      expected,
    );
  });
}

test("tasksFor: every task has a reason", () => {
  for (const [, situation] of cases) for (const task of tasksFor(situation)) assert.match(task.reason, /^[a-z].+[^.]$/);
});
