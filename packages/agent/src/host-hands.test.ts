import assert from "node:assert/strict";
import { test } from "node:test";
import { inLab, SERVICE, WEB, withRunningUnit } from "./lab.fixture.ts";

test("a host's own unit that comes under a running unit's name is the host's: it is never stopped, and the state says so", () =>
  withRunningUnit(async ({ lab }) => {
    lab.systemd.addHostUnit(WEB);
    await lab.untilPublished(WEB, { load: "error", gaveUp: true });
    assert.match((await lab.published()).get(WEB)?.problem ?? "", /is a unit of this host's own/);
    await lab.assign(WEB, SERVICE, { desired: "loaded" });
    await lab.clock.advance(30_000);
    assert.ok(lab.systemd.isActive(WEB));
    await lab.unassign(WEB);
    await lab.until(() => lab.launches.all.size === 0);
    await lab.clock.advance(30_000);
    assert.ok(lab.systemd.isActive(WEB));
  }));

test("a unit whose name the host gives up again is started anew", () =>
  withRunningUnit(async ({ lab }) => {
    lab.systemd.addHostUnit(WEB);
    await lab.untilPublished(WEB, { load: "error" });
    lab.systemd.removeHostUnit(WEB);
    await lab.untilPublished(WEB, { active: "active", launched: true, problem: "" });
    assert.equal(lab.systemd.starts(WEB), 2);
  }));

test("an exclusive unit whose name the host takes leaves the guard's list", () =>
  inLab(async (lab) => {
    lab.start();
    await lab.assign(WEB, SERVICE, { exclusive: true });
    await lab.untilPublished(WEB, { active: "active" });
    lab.systemd.addHostUnit(WEB);
    await lab.until(() => lab.guard.units.size === 0);
    await lab.assign(WEB, SERVICE, { exclusive: true, stopping: true });
    await lab.until(async () => ((await lab.published()).get(WEB)?.cleared ?? 0) > 0);
    assert.ok(lab.systemd.isActive(WEB));
  }));

test("a unit that is masked when it is to start says so, and starts once the mask is gone", () =>
  inLab(async (lab) => {
    lab.systemd.behave(WEB, { load: "masked" });
    lab.start();
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, { load: "masked", launched: false });
    await lab.until(async () => /is masked\. It is tried again/.test((await lab.published()).get(WEB)?.problem ?? ""));
    lab.systemd.behave(WEB, {});
    lab.systemd.reload();
    await lab.untilPublished(WEB, { active: "active", launched: true, problem: "" });
    assert.equal(lab.systemd.starts(WEB), 1);
  }));

test("a unit is stopped, loaded and removed while no launch record can be written", () =>
  inLab(async (lab) => {
    let isFull = false;
    lab.start({
      beforePut: () => {
        if (isFull) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
      },
    });
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, { active: "active", launched: true });
    isFull = true;
    await lab.assign(WEB, SERVICE, { desired: "loaded" });
    await lab.untilPublished(WEB, { active: "inactive", launched: false });
    await lab.until(async () => /no space left/.test((await lab.published()).get(WEB)?.problem ?? ""));
    isFull = false;
    await lab.untilPublished(WEB, { active: "inactive", launched: false, problem: "" });
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, { active: "active", launched: true });
    isFull = true;
    await lab.unassign(WEB);
    await lab.until(() => lab.systemd.files.size === 0 && !lab.systemd.isActive(WEB));
  }));
