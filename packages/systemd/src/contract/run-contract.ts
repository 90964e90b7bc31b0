import assert from "node:assert/strict";
import { it } from "node:test";
import type { RunFacts } from "../run.ts";
import type { Bench } from "./bench.ts";

/** The facts of a service's last run. */
export function unitRuns(bench: Bench): void {
  const runOf = async (name: string): Promise<RunFacts> => {
    await bench.harness.until("the end of the run", () => (bench.unit(name).run?.deactivatedAt ?? 0) > 0);
    const { run } = bench.unit(name);
    assert.ok(run);
    return run;
  };

  it("lists how a run has ended, and another invocation for the next run", async () => {
    const name = await bench.write("oneshot");
    assert.equal(bench.unit(name).run, undefined);
    await bench.harness.waitFor(bench.manager.start(name));
    const first = await runOf(name);
    assert.match(first.invocation, /^[0-9a-f]{32}$/);
    assert.deepEqual([first.code, first.status], ["exited", 0]);
    // systemd notes the start of the unit after that of its first process.
    assert.ok(first.activatedAt > 0 && first.mainStartedAt > 0);
    assert.ok(first.mainEndedAt >= first.mainStartedAt && first.deactivatedAt >= first.mainEndedAt);
    await bench.harness.waitFor(bench.manager.start(name));
    await bench.harness.until("another run", () => bench.unit(name).run?.invocation !== first.invocation);
    assert.equal((await runOf(name)).status, 0);
  });

  it("lists the exit status of a run that failed, also for a connection that was made later", async () => {
    const name = await bench.write("failing");
    await bench.harness.waitFor(bench.manager.start(name));
    const run = await runOf(name);
    assert.deepEqual([run.code, run.status], ["exited", 1]);
    const later = await bench.harness.connect();
    assert.equal(later.list().get(name)?.run?.invocation, run.invocation);
    assert.equal(later.list().get(name)?.run?.status, 1);
  });

  it("lists the signal that has ended a run", async () => {
    const name = await bench.write("hanging");
    const started = bench.manager.start(name);
    await bench.harness.until("the run", () => bench.unit(name).activeState === "activating");
    await bench.harness.until("its process", () => (bench.unit(name).run?.mainStartedAt ?? 0) > 0);
    await bench.manager.kill(name, { signal: 9, whom: "all" });
    await bench.harness.waitFor(started);
    const { code, status } = await runOf(name);
    assert.deepEqual([code, status], ["killed", 9]);
  });
}
