import assert from "node:assert/strict";
import { test } from "node:test";
import { inLab, type Lab, ONESHOT, SERVICE, WEB, withRunningUnit } from "./lab.fixture.ts";

test("a host's own unit that takes a running unit's name is never stopped, and the state says so", () =>
  withRunningUnit(async ({ lab }) => {
    lab.systemd.addHostUnit(WEB);
    await lab.untilPublished(WEB, { load: "error", gaveUp: true });
    assert.match((await lab.published()).get(WEB)?.problem ?? "", /is the host's own unit/);
    await lab.assign(WEB, SERVICE, { desired: "loaded" });
    await lab.clock.advance(30_000);
    assert.ok(lab.systemd.isActive(WEB));
    await lab.unassign(WEB);
    await lab.until(() => lab.launches.all.size === 0);
    await lab.clock.advance(30_000);
    assert.ok(lab.systemd.isActive(WEB));
  }));

test("a unit starts again after the host's unit of its name is gone", () =>
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

test("a masked unit reports that, and starts once it is unmasked", () =>
  inLab(async (lab) => {
    lab.systemd.behave(WEB, { load: "masked" });
    lab.start();
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, { load: "masked", launched: false });
    await lab.until(async () =>
      /is masked\. Retrying periodically/.test((await lab.published()).get(WEB)?.problem ?? ""),
    );
    lab.systemd.behave(WEB, {});
    lab.systemd.reload();
    await lab.untilPublished(WEB, { active: "active", launched: true, problem: "" });
    assert.equal(lab.systemd.starts(WEB), 1);
  }));

/** Simulates `systemctl mask --now`: systemd reads the mask, then stops the unit. */
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
  ["is stopped under its mask", undefined],
  ["crashes under its mask", (lab: Lab) => lab.systemd.die(WEB)],
] as const) {
  test(`a unit that ${what} reports that, and runs again once it is unmasked`, () =>
    withRunningUnit(async ({ lab }) => {
      await mask(lab, end && (() => end(lab)));
      await lab.until(async () =>
        /is masked\. Retrying periodically/.test((await lab.published()).get(WEB)?.problem ?? ""),
      );
      await lab.untilPublished(WEB, { load: "masked", launched: false });
      unmask(lab);
      await lab.untilPublished(WEB, { active: "active", launched: true, problem: "" });
    }));
}

test("a unit that was masked and stopped without a daemon starts once it is unmasked", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    await daemon.stop();
    await mask(lab);
    lab.start();
    await lab.untilPublished(WEB, { load: "masked", launched: false });
    unmask(lab);
    await lab.untilPublished(WEB, { active: "active", launched: true, problem: "" });
  }));

test("unmasking does not start a unit that was stopped by hand before", () =>
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

test("unmasking does not start a oneshot that had finished before", () =>
  withRunningUnit(async ({ lab }) => {
    await mask(lab);
    await lab.clock.advance(30_000);
    unmask(lab);
    await lab.clock.advance(30_000);
    assert.equal(lab.systemd.starts(WEB), 1);
  }, ONESHOT));

test("units can be stopped and removed while launch records cannot be written", () =>
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
