import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUnitFile } from "@flotilla/unit";
import { hasGivenUp, restartPolicyOf } from "./has-given-up.ts";
import { FAILED, INACTIVE } from "./situation.fixture.ts";

const cases: readonly (readonly [service: string, activeState: string, result: string, givenUp: boolean])[] = [
  ["Restart=always", "failed", "exit-code", true],
  ["Restart=always", "active", "success", false],
  ["Restart=always", "activating", "exit-code", false],
  ["Restart=always", "inactive", "success", false],
  ["Restart=always\nRestart=", "failed", "exit-code", true],
  ["Restart=always\nRestart=ALWAYS", "failed", "exit-code", true],
  ["Restart=always\nRestart=no", "failed", "exit-code", false],
  ["Restart=on-failure", "failed", "exit-code", true],
  ["Restart=on-failure", "failed", "timeout", true],
  ["Restart=on-abnormal", "failed", "exit-code", false],
  ["Restart=on-abnormal", "failed", "signal", true],
  ["Restart=on-abort", "failed", "timeout", false],
  ["Restart=on-abort", "failed", "core-dump", true],
  ["Restart=on-watchdog", "failed", "watchdog", true],
  ["Restart=on-watchdog", "failed", "signal", false],
  ["Restart=on-success", "failed", "exit-code", false],
  ["Restart=on-success", "failed", "start-limit-hit", true],
  ["Type=oneshot", "failed", "exit-code", false],
  ["Restart=no", "failed", "exit-code", false],
  ["Restart=always\nRestart=no", "failed", "exit-code", false],
  ["Restart=on-failure\nRestartPreventExitStatus=2", "failed", "exit-code", false],
  ["Restart=on-failure\nRestartPreventExitStatus=2", "failed", "start-limit-hit", true],
];

for (const [service, activeState, result, givenUp] of cases) {
  test(`${service.replace("\n", ", ")}: ${activeState} with ${result} is ${givenUp ? "" : "not "}given up`, () => {
    const policy = restartPolicyOf(parseUnitFile(`[Service]\n${service}\n`).options);
    assert.equal(hasGivenUp({ ...INACTIVE, activeState, subState: activeState, result }, policy), givenUp);
  });
}

for (const [what, change] of [
  ["that systemd is about to start again", { subState: "failed-before-auto-restart" }],
  ["that is being started again", { job: "start" }],
] as const) {
  test(`a failed unit ${what} is not given up`, () => {
    assert.equal(hasGivenUp({ ...FAILED, ...change }, "always"), false);
  });
}
