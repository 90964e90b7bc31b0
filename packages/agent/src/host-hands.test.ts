import assert from "node:assert/strict";
import { test } from "node:test";
import { inLab, type Lab, ONESHOT, SERVICE, WEB, withRunningUnit } from "./lab.fixture.ts";

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

/** What `systemctl mask --now` does: systemd reads the mask, then it is asked to stop the unit. */
async function mask(lab: Lab, end: () => unknown = () => lab.systemd.admin("stop", WEB)): Promise<void> {
  lab.systemd.behave(WEB, { load: "masked" });
  lab.systemd.reload();
  if (lab.systemd.isActive(WEB)) void end();
  await lab.until(() => !lab.systemd.isActive(WEB));
}

function unmask(lab: Lab): void {
  lab.systemd.behave(WEB, {});
  lab.systemd.reload();
}

for (const [what, end] of [
  ["stopped under its mask", undefined],
  ["crashes under its mask", (lab: Lab) => lab.systemd.die(WEB)],
] as const) {
  test(`a unit that is ${what} says so, and runs again once the mask is gone`, () =>
    withRunningUnit(async ({ lab }) => {
      await mask(lab, end && (() => end(lab)));
      await lab.until(async () =>
        /is masked\. It is tried again/.test((await lab.published()).get(WEB)?.problem ?? ""),
      );
      await lab.untilPublished(WEB, { load: "masked", launched: false });
      unmask(lab);
      await lab.untilPublished(WEB, { active: "active", launched: true, problem: "" });
    }));
}

test("a unit that is masked and stopped while no daemon runs is started once the mask is gone", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    await daemon.stop();
    await mask(lab);
    lab.start();
    await lab.untilPublished(WEB, { load: "masked", launched: false });
    unmask(lab);
    await lab.untilPublished(WEB, { active: "active", launched: true, problem: "" });
  }));

test("a mask is no reason to run again what had been stopped by hand before", () =>
  withRunningUnit(async ({ lab }) => {
    void lab.systemd.admin("stop", WEB);
    await lab.untilPublished(WEB, { active: "inactive" });
    await mask(lab);
    await lab.clock.advance(30_000);
    unmask(lab);
    await lab.clock.advance(30_000);
    assert.equal(lab.systemd.starts(WEB), 1);
    await lab.untilPublished(WEB, { load: "loaded", active: "inactive", launched: true, problem: "" });
  }));

test("a mask is no reason to run again what had finished before", () =>
  withRunningUnit(async ({ lab }) => {
    await mask(lab);
    await lab.clock.advance(30_000);
    unmask(lab);
    await lab.clock.advance(30_000);
    assert.equal(lab.systemd.starts(WEB), 1);
  }, ONESHOT));

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
