import assert from "node:assert/strict";
import { it } from "node:test";
import { HostUnitError, UnitManagerRefusedError } from "../unit-manager-error.ts";
import type { Bench } from "./bench.ts";

/** Unit files: written, loaded, reloaded, enabled, removed. */
export function unitFiles(bench: Bench): void {
  it("lists a file when it is written, and its load state when systemd has loaded it", async () => {
    const name = await bench.write("running");
    assert.equal(bench.unit(name).text, bench.harness.unit(name, "running"));
    assert.equal(bench.states(name), "inactive/dead");
    await bench.manager.load(name);
    assert.equal(bench.unit(name).loadState, "loaded");
    assert.equal(bench.states(name), "inactive/dead");
  });

  it("lists the load state of an invalid file, and refuses to start it", async () => {
    const name = await bench.write("bad-setting");
    await bench.manager.load(name);
    assert.equal(bench.unit(name).loadState, "bad-setting");
    await assert.rejects(bench.harness.waitFor(bench.manager.start(name)), (error) => {
      assert.ok(error instanceof UnitManagerRefusedError);
      assert.equal(error.message, `Unit ${name} has a bad unit file setting.`);
      assert.equal(error.errorName, "org.freedesktop.systemd1.BadUnitSetting");
      return true;
    });
  });

  it("needs a reload only when systemd has loaded an older file", async () => {
    const name = await bench.write("running");
    assert.equal(await bench.manager.needsReload([name]), false);
    await bench.harness.waitFor(bench.manager.start(name));
    assert.equal(await bench.manager.needsReload([name]), false);
    const changed = `${bench.harness.unit(name, "running")}# changed\n`;
    await bench.manager.write(name, changed);
    assert.equal(bench.unit(name).text, changed);
    assert.equal(await bench.manager.needsReload([name]), true);
    await Promise.all([bench.manager.reload(), bench.manager.reload(), bench.manager.reload()]);
    assert.equal(await bench.manager.needsReload([name]), false);
    assert.equal(bench.states(name), "active/running");
  });

  it("starts a removed and rewritten unit with its new content", async () => {
    const name = await bench.write("running");
    await bench.harness.waitFor(bench.manager.start(name));
    await bench.harness.waitFor(bench.manager.stop(name));
    await bench.manager.remove(name);
    assert.ok(!bench.manager.list().has(name));
    await bench.manager.write(name, bench.harness.unit(name, "oneshot"));
    assert.equal(await bench.manager.needsReload([name]), false);
    assert.equal((await bench.harness.waitFor(bench.manager.start(name))).result, "done");
    assert.equal(bench.states(name), "inactive/dead");
  });

  it("enables only units with an [Install] section", async () => {
    for (const kind of ["installable", "running"] as const) {
      const name = await bench.write(kind);
      await bench.manager.enable(name);
      await bench.manager.load(name);
      assert.equal(bench.unit(name).loadState, "loaded");
      await bench.manager.remove(name);
      assert.ok(!bench.manager.list().has(name));
    }
  });

  it("leaves a unit of the host alone", async () => {
    const name = await bench.harness.addHostUnit();
    await assert.rejects(bench.manager.write(name, bench.harness.unit(name, "running")), HostUnitError);
    await assert.rejects(bench.harness.waitFor(bench.manager.stop(name)), UnitManagerRefusedError);
    await assert.rejects(bench.harness.waitFor(bench.manager.reloadUnit(name)), UnitManagerRefusedError);
    await assert.rejects(bench.manager.kill(name, { signal: 9, whom: "all" }), UnitManagerRefusedError);
    await assert.rejects(bench.manager.resetFailed(name), UnitManagerRefusedError);
    await bench.manager.remove(name);
    assert.ok(!bench.manager.list().has(name));
    assert.equal(await bench.harness.isActive(name), true);
  });
}
