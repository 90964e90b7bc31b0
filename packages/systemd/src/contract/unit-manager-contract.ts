import assert from "node:assert/strict";
import { constants } from "node:os";
import { after, before, describe, it } from "node:test";
import type { ManagedUnit, UnitControl, UnitManager } from "../port.ts";
import {
  HostUnitError,
  NO_SUCH_UNIT,
  UnitManagerRefusedError,
  UnitManagerUnavailableError,
} from "../unit-manager-error.ts";
import type { UnitKind, UnitManagerHarness } from "./harness.ts";

/** What every implementation of the unit-manager port must do; call it from the implementation's own test. */
export function unitManagerContract(implementation: string, open: () => Promise<UnitManagerHarness>): void {
  describe(`the unit-manager contract: ${implementation}`, () => {
    let harness: UnitManagerHarness;
    let manager: UnitManager & UnitControl;
    let units = 0;

    before(async () => {
      harness = await open();
      manager = await harness.connect();
    });
    after(() => harness.close());

    const write = async (kind: UnitKind): Promise<string> => {
      const name = `contract-${(units += 1)}.service`;
      await manager.write(name, harness.unit(name, kind));
      return name;
    };
    const unit = (name: string): ManagedUnit => {
      const found = manager.list().get(name);
      assert.ok(found, `${name} is listed`);
      return found;
    };
    const states = (name: string): string => `${unit(name).activeState}/${unit(name).subState}`;

    it("lists a file once it is written, and what systemd made of it once it is loaded", async () => {
      const name = await write("running");
      assert.equal(unit(name).text, harness.unit(name, "running"));
      assert.equal(states(name), "inactive/dead");
      await manager.load(name);
      assert.equal(unit(name).loadState, "loaded");
      assert.equal(states(name), "inactive/dead");
    });

    it("starts and stops, and shows the new state when the job has ended", async () => {
      const name = await write("running");
      const changes: string[] = [];
      const unlisten = manager.onChange((names) => void changes.push(...names));
      assert.deepEqual(await harness.settle(manager.start(name)), { result: "done", message: "" });
      assert.equal(states(name), "active/running");
      await harness.until("the job to be over", () => unit(name).job === "");
      assert.ok(changes.includes(name));
      assert.deepEqual(await harness.settle(manager.stop(name)), { result: "done", message: "" });
      assert.equal(states(name), "inactive/dead");
      unlisten();
    });

    it("restarts a running unit, and starts one that does not run", async () => {
      const name = await write("running");
      assert.equal((await harness.settle(manager.restart(name))).result, "done");
      assert.equal(states(name), "active/running");
      assert.equal((await harness.settle(manager.restart(name))).result, "done");
      assert.equal(states(name), "active/running");
    });

    it("starts many at once", async () => {
      const names = await Promise.all(Array.from({ length: 100 }, () => write("running")));
      const results = await harness.settle(Promise.all(names.map((name) => manager.start(name))));
      assert.deepEqual(new Set(results.map(({ result }) => result)), new Set(["done"]));
      assert.deepEqual(new Set(names.map(states)), new Set(["active/running"]));
      await harness.settle(Promise.all(names.map((name) => manager.stop(name))));
      await harness.settle(Promise.all(names.map((name) => manager.remove(name))));
      assert.ok(names.every((name) => !manager.list().has(name)));
    });

    it("ends a oneshot as inactive, still listed", async () => {
      const name = await write("oneshot");
      assert.equal((await harness.settle(manager.start(name))).result, "done");
      assert.equal(states(name), "inactive/dead");
      assert.equal(unit(name).loadState, "loaded");
      assert.equal(unit(name).result, "success");
    });

    it("says in systemd's words why a unit did not start, and forgets it all on remove", async () => {
      const name = await write("failing");
      const { result, message } = await harness.settle(manager.start(name));
      assert.equal(result, "failed");
      assert.match(
        message,
        /^start of contract-\d+\.service: exit-code: the main process exited with status 1\/FAILURE$/,
      );
      assert.equal(states(name), "failed/failed");
      assert.equal(unit(name).result, "exit-code");
      await manager.remove(name);
      assert.ok(!manager.list().has(name));
    });

    it("shows a file that systemd cannot use, and refuses to start it", async () => {
      const name = await write("bad-setting");
      await manager.load(name);
      assert.equal(unit(name).loadState, "bad-setting");
      await assert.rejects(harness.settle(manager.start(name)), (error) => {
        assert.ok(error instanceof UnitManagerRefusedError);
        assert.equal(error.message, `Unit ${name} has a bad unit file setting.`);
        assert.equal(error.errorName, "org.freedesktop.systemd1.BadUnitSetting");
        return true;
      });
    });

    it("asks for a reload only when systemd has loaded an older form of a file", async () => {
      const name = await write("running");
      assert.equal(await manager.needsReload([name]), false);
      await harness.settle(manager.start(name));
      assert.equal(await manager.needsReload([name]), false);
      const changed = `${harness.unit(name, "running")}# changed\n`;
      await manager.write(name, changed);
      assert.equal(unit(name).text, changed);
      assert.equal(await manager.needsReload([name]), true);
      await Promise.all([manager.reload(), manager.reload(), manager.reload()]);
      assert.equal(await manager.needsReload([name]), false);
      assert.equal(states(name), "active/running");
    });

    it("starts a unit that was removed and written anew with its new content", async () => {
      const name = await write("running");
      await harness.settle(manager.start(name));
      await harness.settle(manager.stop(name));
      await manager.remove(name);
      assert.ok(!manager.list().has(name));
      await manager.write(name, harness.unit(name, "oneshot"));
      assert.equal(await manager.needsReload([name]), false);
      assert.equal((await harness.settle(manager.start(name))).result, "done");
      assert.equal(states(name), "inactive/dead");
    });

    it("keeps a removed unit in sight until it has stopped", async () => {
      const name = await write("running");
      await harness.settle(manager.start(name));
      await manager.remove(name);
      assert.equal(states(name), "active/running");
      assert.equal(unit(name).text, "");
      assert.equal((await harness.settle(manager.stop(name))).result, "done");
      await harness.until("it to be gone", () => !manager.list().has(name));
    });

    it("enables what asks for it and leaves the rest", async () => {
      for (const kind of ["installable", "running"] as const) {
        const name = await write(kind);
        await manager.enable(name);
        await manager.load(name);
        assert.equal(unit(name).loadState, "loaded");
        await manager.remove(name);
        assert.ok(!manager.list().has(name));
      }
    });

    it("sends a signal, shows what came of it, and clears the failure", async () => {
      const name = await write("running");
      await harness.settle(manager.start(name));
      await manager.kill(name, { signal: constants.signals.SIGKILL, whom: "main" });
      await harness.until("the unit to have died", () => states(name) === "failed/failed");
      assert.equal(unit(name).result, "signal");
      await manager.resetFailed(name);
      await harness.until("the failure to be cleared", () => states(name) === "inactive/dead");
      const gone = manager.kill(name, { signal: constants.signals.SIGKILL, whom: "all" });
      await assert.rejects(gone, UnitManagerRefusedError);
    });

    it("reloads a running unit that can be reloaded, and says of another why not", async () => {
      const [name, other] = [await write("reloadable"), await write("running")];
      await harness.settle(Promise.all([manager.start(name), manager.start(other)]));
      assert.deepEqual(await harness.settle(manager.reloadUnit(name)), { result: "done", message: "" });
      assert.equal(states(name), "active/running");
      await assert.rejects(harness.settle(manager.reloadUnit(other)), (error) => {
        assert.ok(error instanceof UnitManagerRefusedError);
        assert.equal(error.message, `Job type reload is not applicable for unit ${other}.`);
        return true;
      });
      await harness.settle(Promise.all([manager.stop(name), manager.stop(other)]));
    });

    it("leaves a host's own unit alone", async () => {
      const name = await harness.addHostUnit();
      await assert.rejects(manager.write(name, harness.unit(name, "running")), HostUnitError);
      await assert.rejects(harness.settle(manager.stop(name)), UnitManagerRefusedError);
      await assert.rejects(harness.settle(manager.reloadUnit(name)), UnitManagerRefusedError);
      await assert.rejects(manager.kill(name, { signal: 9, whom: "all" }), UnitManagerRefusedError);
      await assert.rejects(manager.resetFailed(name), UnitManagerRefusedError);
      await manager.remove(name);
      assert.ok(!manager.list().has(name));
      assert.equal(await harness.isActive(name), true);
    });

    it("refuses a unit that is not there", async () => {
      await assert.rejects(harness.settle(manager.start("contract-none.service")), UnitManagerRefusedError);
    });

    it("refuses to start a unit while one that it requires is not there", async () => {
      const [name, required] = ["contract-requires.service", "contract-required.service"];
      await manager.write(name, `[Unit]\nRequires=${required}\n${harness.unit(name, "running")}`);
      const missing = { errorName: NO_SUCH_UNIT, message: `Unit ${required} not found.` };
      await assert.rejects(harness.settle(manager.start(name)), missing);
      await manager.write(required, harness.unit(required, "running"));
      assert.equal((await harness.settle(manager.start(name))).result, "done");
      await harness.settle(manager.stop(name));
    });

    it("sees a unit stopped by hand", async () => {
      const name = await write("running");
      await harness.settle(manager.start(name));
      await harness.stopByHand(name);
      await harness.until("the unit to be seen stopped", () => states(name) === "inactive/dead");
    });

    it("ends a start that a stop takes the place of", async () => {
      const name = await write("hanging");
      const start = manager.start(name);
      await harness.until("the start to be under way", () => states(name) === "activating/start");
      assert.equal(unit(name).job, "start");
      const stop = manager.stop(name);
      const [started, stopped] = await harness.settle(Promise.all([start, stop]));
      assert.equal(started.result, "canceled");
      assert.notEqual(started.message, "");
      assert.equal(stopped.result, "done");
    });

    it("lets two wait for one job", async () => {
      const name = await write("oneshot");
      const both = await harness.settle(Promise.all([manager.start(name), manager.start(name)]));
      assert.deepEqual(
        both.map(({ result }) => result),
        ["done", "done"],
      );
    });

    it("stops waiting when told to, and leaves the job", async () => {
      const name = await write("hanging");
      const abort = new AbortController();
      const start = manager.start(name, abort.signal);
      await harness.until("the start to be under way", () => states(name) === "activating/start");
      const reason = new Error("enough");
      abort.abort(reason);
      await assert.rejects(start, reason);
      assert.equal(unit(name).activeState, "activating");
      await harness.settle(manager.stop(name));
    });

    it("finds everything again in another process", async () => {
      const [running, failing, written] = [await write("running"), await write("failing"), await write("running")];
      await harness.settle(Promise.all([manager.start(running), manager.start(failing)]));
      const other = await harness.connect();
      for (const name of [running, failing, written]) {
        const { activeState, subState, text, result } = unit(name);
        const found = other.list().get(name);
        assert.ok(found);
        assert.deepEqual({ activeState, subState, text, result }, { ...pick(found) });
      }
      await harness.stopByHand(running);
      await harness.until("both to see it", () => [manager, other].every((one) => isInactive(one, running)));
      await other.close();
    });

    it("ends what waits when the bus is lost, and catches up when it is back", async () => {
      const [waiting, running] = [await write("hanging"), await write("running")];
      await harness.settle(manager.start(running));
      const start = manager.start(waiting);
      const failure = assert.rejects(start, UnitManagerUnavailableError);
      await harness.until("the start to be under way", () => states(waiting) === "activating/start");
      await harness.dropBus();
      await harness.settle(failure);
      await harness.until("the loss to be seen", () => !manager.connected);
      await assert.rejects(manager.start(running), UnitManagerUnavailableError);
      await assert.rejects(manager.reload(), UnitManagerUnavailableError);
      const seen = new Set<string>();
      const unlisten = manager.onChange((names) => names.forEach((name) => seen.add(name)));
      await harness.restoreBus();
      await harness.until("the bus to be back", () => manager.connected);
      await harness.until("everything to be told", () => [...manager.list().keys()].every((name) => seen.has(name)));
      unlisten();
      assert.equal(states(running), "active/running");
      assert.equal(states(waiting), "activating/start");
      assert.equal((await harness.settle(manager.stop(waiting))).result, "done");
    });

    it("refuses everything once closed", async () => {
      const other = await harness.connect();
      await other.close();
      assert.equal(other.connected, false);
      await assert.rejects(other.reload(), UnitManagerUnavailableError);
    });
  });
}

function pick({ activeState, subState, text, result }: ManagedUnit): Partial<ManagedUnit> {
  return { activeState, subState, text, result };
}

function isInactive(manager: UnitManager, name: string): boolean {
  return manager.list().get(name)?.activeState === "inactive";
}
