import assert from "node:assert/strict";
import { test } from "node:test";
import { type KnownRun, runAfter } from "./run-facts.ts";

const A = "a".repeat(32);
const B = "b".repeat(32);

function after(...signals: readonly Parameters<typeof runAfter>[1][]): KnownRun | undefined {
  let run: KnownRun | undefined;
  for (const signal of signals) run = runAfter(run, signal);
  return run;
}

const FIRST = [
  { ExecMainStartTimestamp: 1_000_000, ExecMainExitTimestamp: 0, ExecMainCode: 0, ExecMainStatus: 0 },
  { InvocationID: A, InactiveExitTimestamp: 0, InactiveEnterTimestamp: 0 },
  { InvocationID: A, InactiveExitTimestamp: 1_000_000, InactiveEnterTimestamp: 0 },
  { ExecMainStartTimestamp: 1_000_000, ExecMainExitTimestamp: 2_000_000, ExecMainCode: 1, ExecMainStatus: 7 },
  { InvocationID: A, InactiveExitTimestamp: 1_000_000, InactiveEnterTimestamp: 2_500_000 },
] as const;

test("the facts of a run come one after the other", () => {
  assert.equal(after(), undefined);
  assert.equal(after(...FIRST.slice(0, 3))?.deactivatedAt, 0);
  assert.deepEqual(after(...FIRST), {
    enteredAt: 2_500,
    enteredBefore: 0,
    invocation: A,
    activatedAt: 1_000,
    deactivatedAt: 2_500,
    mainStartedAt: 1_000,
    mainEndedAt: 2_000,
    code: "exited",
    status: 7,
  });
});

test("a run that begins is not over by the end of the run before", () => {
  const begins = { InvocationID: B, InactiveExitTimestamp: 1_000_000, InactiveEnterTimestamp: 2_500_000 };
  assert.equal(after(...FIRST, begins)?.deactivatedAt, 0);
  const runs = { ...begins, InactiveExitTimestamp: 3_000_000 };
  assert.equal(after(...FIRST, begins, runs)?.deactivatedAt, 0);
  const ended = { ...runs, InactiveEnterTimestamp: 3_001_000 };
  assert.equal(after(...FIRST, begins, runs, ended)?.deactivatedAt, 3_001);
  assert.equal(after(...FIRST, ended)?.deactivatedAt, 3_001, "begin and end in one signal");
});

test("the same facts are the same object, and a unit that was loaded again keeps its last run", () => {
  const run = after(...FIRST);
  assert.equal(runAfter(run, FIRST.at(-1) ?? {}), run);
  assert.equal(runAfter(run, { InvocationID: "" }), run);
});
