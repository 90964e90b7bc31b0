import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryLaunchRecords } from "./launch/memory-launch-records.ts";
import { CHANGED, inLab, SERVICE, WEB } from "./lab.fixture.ts";

const EXCLUSIVE = { exclusive: true };

test("an exclusive unit on the machine is on the guard's list, and the guard's deadline is extended", () =>
  inLab(async (lab) => {
    lab.start();
    await lab.assign(WEB, SERVICE, EXCLUSIVE);
    await lab.untilPublished(WEB, { active: "active", launched: true });
    assert.deepEqual([...lab.guard.units], [WEB]);
    assert.ok(lab.guard.allowsStart);
    await lab.unassign(WEB);
    await lab.until(() => lab.guard.units.size === 0);
    assert.equal(lab.systemd.files.size, 0);
  }));

test("a host's own unit never gets on the guard's list", () =>
  inLab(async (lab) => {
    lab.systemd.addHostUnit(WEB);
    lab.start();
    await lab.assign(WEB, SERVICE, EXCLUSIVE);
    await lab.untilPublished(WEB, { load: "error" });
    assert.deepEqual([...lab.guard.units], []);
    lab.systemd.removeHostUnit(WEB);
    await lab.untilPublished(WEB, { active: "active", launched: true });
    assert.deepEqual([...lab.guard.units], [WEB]);
  }));

test("an exclusive unit that does not start without a guard reports that", () =>
  inLab(async (lab) => {
    lab.guard.isAlive = false;
    lab.start();
    await lab.assign(WEB, SERVICE, EXCLUSIVE);
    await lab.until(async () =>
      /fleet-guard\.service does not run/.test((await lab.published()).get(WEB)?.problem ?? ""),
    );
    lab.guard.isAlive = true;
    await lab.untilPublished(WEB, { active: "active", launched: true, problem: "" });
  }));

test("a unit that is no longer exclusive leaves the list before it starts with its new file", () =>
  inLab(async (lab) => {
    lab.start();
    await lab.assign(WEB, SERVICE, EXCLUSIVE);
    await lab.untilPublished(WEB, { active: "active", launched: true });
    lab.systemd.assertStarts((unit) => !lab.guard.units.has(unit));
    await lab.assign(WEB, CHANGED);
    await lab.until(() => lab.systemd.starts(WEB) === 2);
    assert.deepEqual([...lab.guard.units], []);
  }));

test("a name that a killed daemon left on the guard's list is removed", () =>
  inLab(async (lab) => {
    lab.guard.add(WEB);
    lab.start();
    await lab.until(() => lab.guard.units.size === 0);
  }));

test("a unit without a file stays on the guard's list while systemd cannot tell whether it runs", () =>
  inLab(async (lab) => {
    const daemon = lab.start();
    await lab.assign(WEB, SERVICE, EXCLUSIVE);
    await lab.untilPublished(WEB, { active: "active" });
    daemon.crash();
    lab.launches = new MemoryLaunchRecords();
    void lab.systemd.remove(WEB);
    lab.systemd.dropBus();
    const next = lab.start();
    next.storeUp = false;
    await lab.clock.advance(60_000);
    assert.deepEqual([[...lab.guard.units], lab.systemd.isActive(WEB)], [[WEB], true]);
    lab.systemd.restoreBus();
    next.storeUp = true;
    await lab.until(() => lab.systemd.files.get(WEB) === SERVICE);
    assert.deepEqual([...lab.guard.units], [WEB]);
  }));

test("files of the guard that were removed by hand are restored, with a warning and without a restart", () =>
  inLab(async (lab) => {
    const daemon = lab.start();
    await lab.assign(WEB, SERVICE, { exclusive: true });
    await lab.untilPublished(WEB, { active: "active", launched: true });
    const { reloads } = lab.systemd;
    lab.guard.damaged.add(WEB);
    await lab.until(() => lab.guard.isIntact(WEB));
    assert.ok(
      daemon.lines.some((line) => /the guard's files for a unit were changed/.test(line) && line.includes(WEB)),
    );
    await lab.clock.advance(30_000);
    assert.equal(lab.systemd.starts(WEB), 1);
    assert.equal(lab.systemd.reloads, reloads + 1);
  }));
