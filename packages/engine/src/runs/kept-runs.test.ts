import assert from "node:assert/strict";
import { test } from "node:test";
import { LOST, type UnitRun } from "@flotilla/model";
import { MOST_RUNS, reportedRuns, withRuns } from "./kept-runs.ts";

function run(number: number, change: Partial<UnitRun> = {}): UnitRun {
  const invocation = String(number).padStart(32, "0");
  const times = { startedAt: number * 100, endedAt: number * 100 + 50 };
  return { machineID: "m1", invocation, ...times, result: "success", code: "exited", status: 0, ...change };
}

const numbers = (history: { readonly runs: readonly UnitRun[] } | undefined): readonly number[] | undefined =>
  history?.runs.map(({ invocation }) => Number(invocation));

test("runs are added in the order of their starts, each once", () => {
  const first = withRuns(undefined, [run(2), run(1)]);
  assert.deepEqual(numbers(first), [1, 2]);
  assert.equal(withRuns(first, [run(1), run(2)]), undefined);
  assert.deepEqual(numbers(withRuns(first, [run(2), run(3)])), [1, 2, 3]);
});

test("runs of two machines with one invocation are two runs", () => {
  assert.deepEqual(numbers(withRuns({ runs: [run(1)] }, [run(1, { machineID: "m2" })])), [1, 1]);
});

test("the last runs are kept, and an older one does not return", () => {
  const all = Array.from({ length: MOST_RUNS + 2 }, (_, index) => run(index + 1));
  const history = withRuns(undefined, all);
  assert.deepEqual(numbers(history)?.at(0), 3);
  assert.equal(history?.runs.length, MOST_RUNS);
  assert.equal(withRuns(history, [run(1)]), undefined);
});

test("the end that a machine reports replaces the loss that the leader has assumed, and never the reverse", () => {
  const lost = run(1, { result: LOST });
  assert.deepEqual(withRuns({ runs: [lost] }, [run(1)])?.runs, [run(1)]);
  assert.equal(withRuns({ runs: [run(1)] }, [lost]), undefined);
  assert.equal(withRuns({ runs: [lost] }, [lost]), undefined);
});

test("what cannot be a run of systemd is left out", () => {
  const bad = [run(1, { invocation: "x" }), run(2, { result: "r".repeat(41) })];
  assert.deepEqual(reportedRuns("m1", [...bad, run(3)]), [run(3)]);
});
