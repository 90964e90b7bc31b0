import assert from "node:assert/strict";
import { constants } from "node:os";
import { it } from "node:test";
import type { ManagedUnit, UnitManager } from "../port.ts";
import { NO_SUCH_UNIT, UnitManagerRefusedError, UnitManagerUnavailableError } from "../unit-manager-error.ts";
import type { Bench } from "./bench.ts";

/** Tests of interference: by an administrator, by another process, and by a failure of the bus. */
export function disturbances(bench: Bench): void {
  it("sends a signal, lists the failure, and clears it", async () => {
    const name = await bench.write("running");
    await bench.harness.waitFor(bench.manager.start(name));
    await bench.manager.kill(name, { signal: constants.signals.SIGKILL, whom: "main" });
    await bench.harness.until("the unit to have died", () => bench.states(name) === "failed/failed");
    assert.equal(bench.unit(name).result, "signal");
    await bench.manager.resetFailed(name);
    await bench.harness.until("the failure to be cleared", () => bench.states(name) === "inactive/dead");
    const gone = bench.manager.kill(name, { signal: constants.signals.SIGKILL, whom: "all" });
    await assert.rejects(gone, UnitManagerRefusedError);
  });

  it("refuses a unit that does not exist", async () => {
    await assert.rejects(bench.harness.waitFor(bench.manager.start("contract-none.service")), UnitManagerRefusedError);
  });

  it("refuses to start a unit while a unit that it requires does not exist", async () => {
    const [name, required] = ["contract-requires.service", "contract-required.service"];
    await bench.manager.write(name, `[Unit]\nRequires=${required}\n${bench.harness.unit(name, "running")}`);
    const missing = { errorName: NO_SUCH_UNIT, message: `Unit ${required} not found.` };
    await assert.rejects(bench.harness.waitFor(bench.manager.start(name)), missing);
    await bench.manager.write(required, bench.harness.unit(required, "running"));
    assert.equal((await bench.harness.waitFor(bench.manager.start(name))).result, "done");
    await bench.harness.waitFor(bench.manager.stop(name));
  });

  it("lists a unit as stopped that an administrator has stopped", async () => {
    const name = await bench.write("running");
    await bench.harness.waitFor(bench.manager.start(name));
    await bench.harness.stopByHand(name);
    await bench.harness.until("the unit to be listed as stopped", () => bench.states(name) === "inactive/dead");
  });

  it("ends a start that a stop replaces", async () => {
    const name = await bench.write("hanging");
    const start = bench.manager.start(name);
    await bench.harness.until("the start to be under way", () => bench.states(name) === "activating/start");
    assert.equal(bench.unit(name).job, "start");
    const stop = bench.manager.stop(name);
    const [started, stopped] = await bench.harness.waitFor(Promise.all([start, stop]));
    assert.equal(started.result, "canceled");
    assert.notEqual(started.message, "");
    assert.equal(stopped.result, "done");
  });

  it("lets two callers wait for one job", async () => {
    const name = await bench.write("oneshot");
    const both = await bench.harness.waitFor(Promise.all([bench.manager.start(name), bench.manager.start(name)]));
    assert.deepEqual(
      both.map(({ result }) => result),
      ["done", "done"],
    );
  });

  it("stops waiting when the caller aborts, and leaves the job", async () => {
    const name = await bench.write("hanging");
    const abort = new AbortController();
    const start = bench.manager.start(name, abort.signal);
    await bench.harness.until("the start to be under way", () => bench.states(name) === "activating/start");
    const reason = new Error("enough");
    abort.abort(reason);
    await assert.rejects(start, reason);
    assert.equal(bench.unit(name).activeState, "activating");
    await bench.harness.waitFor(bench.manager.stop(name));
  });

  it("finds every unit again in another process", async () => {
    const [running, failing, written] = [
      await bench.write("running"),
      await bench.write("failing"),
      await bench.write("running"),
    ];
    await bench.harness.waitFor(Promise.all([bench.manager.start(running), bench.manager.start(failing)]));
    const other = await bench.harness.connect();
    for (const name of [running, failing, written]) {
      const { activeState, subState, text, result } = bench.unit(name);
      const found = other.list().get(name);
      assert.ok(found);
      assert.deepEqual({ activeState, subState, text, result }, { ...pick(found) });
    }
    await bench.harness.stopByHand(running);
    await bench.harness.until("both to list the stop", () =>
      [bench.manager, other].every((one) => isInactive(one, running)),
    );
    await other.close();
  });

  it("fails waiting calls when the bus is lost, and lists every unit when it is back", async () => {
    const [waiting, running] = [await bench.write("hanging"), await bench.write("running")];
    await bench.harness.waitFor(bench.manager.start(running));
    const start = bench.manager.start(waiting);
    const failure = assert.rejects(start, UnitManagerUnavailableError);
    await bench.harness.until("the start to be under way", () => bench.states(waiting) === "activating/start");
    await bench.harness.dropBus();
    await bench.harness.waitFor(failure);
    await bench.harness.until("the loss to be noticed", () => !bench.manager.connected);
    await assert.rejects(bench.manager.start(running), UnitManagerUnavailableError);
    await assert.rejects(bench.manager.reload(), UnitManagerUnavailableError);
    const seen = new Set<string>();
    const unlisten = bench.manager.onChange((names) => names.forEach((name) => seen.add(name)));
    await bench.harness.restoreBus();
    await bench.harness.until("the bus to be back", () => bench.manager.connected);
    await bench.harness.until("a change of every unit", () =>
      [...bench.manager.list().keys()].every((name) => seen.has(name)),
    );
    unlisten();
    assert.equal(bench.states(running), "active/running");
    assert.equal(bench.states(waiting), "activating/start");
    assert.equal((await bench.harness.waitFor(bench.manager.stop(waiting))).result, "done");
  });

  it("refuses every call after close", async () => {
    const other = await bench.harness.connect();
    await other.close();
    assert.equal(other.connected, false);
    await assert.rejects(other.reload(), UnitManagerUnavailableError);
  });
}

function pick({ activeState, subState, text, result }: ManagedUnit): Partial<ManagedUnit> {
  return { activeState, subState, text, result };
}

function isInactive(manager: UnitManager, name: string): boolean {
  return manager.list().get(name)?.activeState === "inactive";
}
