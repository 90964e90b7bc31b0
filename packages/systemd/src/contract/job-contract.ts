import assert from "node:assert/strict";
import { it } from "node:test";
import { UnitManagerRefusedError } from "../unit-manager-error.ts";
import type { Bench } from "./bench.ts";

/** Jobs: starts, stops, restarts and reloads, and their results. */
export function unitJobs(bench: Bench): void {
  it("starts and stops, and lists the new state when the job has ended", async () => {
    const name = await bench.write("running");
    const changes: string[] = [];
    const unlisten = bench.manager.onChange((names) => void changes.push(...names));
    assert.deepEqual(await bench.harness.waitFor(bench.manager.start(name)), { result: "done", message: "" });
    assert.equal(bench.states(name), "active/running");
    await bench.harness.until("the job to be over", () => bench.unit(name).job === "");
    assert.ok(changes.includes(name));
    assert.deepEqual(await bench.harness.waitFor(bench.manager.stop(name)), { result: "done", message: "" });
    assert.equal(bench.states(name), "inactive/dead");
    unlisten();
  });

  it("ends a stop in the moment in which the unit is inactive: a start right after it does not cancel it", async () => {
    const name = await bench.write("running");
    await bench.harness.waitFor(bench.manager.start(name));
    const started = Promise.withResolvers<{ readonly result: string }>();
    const unlisten = bench.manager.onChange(() => {
      if (bench.states(name) !== "inactive/dead") return;
      unlisten();
      bench.manager.start(name).then(started.resolve, started.reject);
    });
    assert.equal((await bench.harness.waitFor(bench.manager.stop(name))).result, "done");
    assert.equal((await bench.harness.waitFor(started.promise)).result, "done");
    assert.equal(bench.states(name), "active/running");
  });

  it("restarts a running unit, and starts a stopped one", async () => {
    const name = await bench.write("running");
    assert.equal((await bench.harness.waitFor(bench.manager.restart(name))).result, "done");
    assert.equal(bench.states(name), "active/running");
    assert.equal((await bench.harness.waitFor(bench.manager.restart(name))).result, "done");
    assert.equal(bench.states(name), "active/running");
  });

  it("starts many units at once", async () => {
    const names = await Promise.all(Array.from({ length: 100 }, () => bench.write("running")));
    const results = await bench.harness.waitFor(Promise.all(names.map((name) => bench.manager.start(name))));
    assert.deepEqual(new Set(results.map(({ result }) => result)), new Set(["done"]));
    assert.deepEqual(new Set(names.map((name) => bench.states(name))), new Set(["active/running"]));
    await bench.harness.waitFor(Promise.all(names.map((name) => bench.manager.stop(name))));
    await bench.harness.waitFor(Promise.all(names.map((name) => bench.manager.remove(name))));
    assert.ok(names.every((name) => !bench.manager.list().has(name)));
  });

  it("lists a finished oneshot as inactive", async () => {
    const name = await bench.write("oneshot");
    assert.equal((await bench.harness.waitFor(bench.manager.start(name))).result, "done");
    assert.equal(bench.states(name), "inactive/dead");
    assert.equal(bench.unit(name).loadState, "loaded");
    assert.equal(bench.unit(name).result, "success");
  });

  it("explains in systemd's words why a unit did not start, and forgets the failure on remove", async () => {
    const name = await bench.write("failing");
    const { result, message } = await bench.harness.waitFor(bench.manager.start(name));
    assert.equal(result, "failed");
    assert.match(
      message,
      /^start of contract-\d+\.service: exit-code: the main process exited with status 1\/FAILURE$/,
    );
    assert.equal(bench.states(name), "failed/failed");
    assert.equal(bench.unit(name).result, "exit-code");
    await bench.manager.remove(name);
    assert.ok(!bench.manager.list().has(name));
  });

  it("never lists a service as failed that systemd restarts after a pause", async () => {
    const name = await bench.write("restarting");
    const seen: string[] = [];
    // A state with a job is about to change.
    const unlisten = bench.manager.onChange(() => void seen.push(bench.unit(name).subState + bench.unit(name).job));
    await bench.harness.waitFor(bench.manager.start(name));
    const pauses = (): number => seen.filter((state, at) => state === "auto-restart" && seen[at - 1] !== state).length;
    await bench.harness.until("10 pauses", () => pauses() >= 10);
    unlisten();
    assert.equal(seen.includes("failed"), false);
    await bench.harness.waitFor(bench.manager.stop(name));
    await bench.manager.remove(name);
  });

  it("reloads a running unit with ExecReload=, and explains why another cannot be reloaded", async () => {
    const [name, other] = [await bench.write("reloadable"), await bench.write("running")];
    await bench.harness.waitFor(Promise.all([bench.manager.start(name), bench.manager.start(other)]));
    assert.deepEqual(await bench.harness.waitFor(bench.manager.reloadUnit(name)), { result: "done", message: "" });
    assert.equal(bench.states(name), "active/running");
    await assert.rejects(bench.harness.waitFor(bench.manager.reloadUnit(other)), (error) => {
      assert.ok(error instanceof UnitManagerRefusedError);
      assert.equal(error.message, `Job type reload is not applicable for unit ${other}.`);
      return true;
    });
    await bench.harness.waitFor(Promise.all([bench.manager.stop(name), bench.manager.stop(other)]));
  });
}
