import assert from "node:assert/strict";
import { test } from "node:test";
import { type Daemon, inLab, type Lab, SERVICE, WEB } from "../lab.fixture.ts";

const OTHER = "other.service";

/** A cluster with an identity, and two units that its store has assigned here. */
function withUnits(work: (lab: Lab, daemon: Daemon) => Promise<void>): Promise<void> {
  return inLab(async (lab) => {
    await lab.identify("first");
    const daemon = lab.start();
    for (const unit of [WEB, OTHER]) {
      await lab.assign(unit, SERVICE);
      await lab.untilPublished(unit, { active: "active", launched: true });
    }
    await work(lab, daemon);
  });
}

function assertUntouched(lab: Lab): void {
  for (const unit of [WEB, OTHER]) {
    assert.ok(lab.systemd.isActive(unit), unit);
    assert.equal(lab.systemd.starts(unit), 1, unit);
  }
}

/** Asserts that the new store's later assignment and unassignment of a unit take effect. */
async function assertObeyed(lab: Lab): Promise<void> {
  await lab.assign(WEB, SERVICE);
  await lab.untilPublished(WEB, { active: "active", launched: true, problem: "" });
  await lab.unassign(WEB);
  await lab.until(() => !lab.systemd.isActive(WEB) && !lab.systemd.files.has(WEB));
  assert.ok(lab.systemd.isActive(OTHER));
}

for (const identity of ["second", "first"]) {
  test(`the store is emptied while a daemon runs, and then has the ${identity} identity: units keep running, also after restarts`, () =>
    withUnits(async (lab, daemon) => {
      await lab.loseStore(identity);
      await lab.until(async () => (await lab.machineKey()) !== undefined);
      await lab.clock.advance(120_000);
      assertUntouched(lab);
      assert.match((await lab.published()).get(WEB)?.problem ?? "", /keeps running/);
      assert.equal(daemon.lines.filter((line) => line.startsWith("the store has lost")).length, 1);
      await daemon.stop();
      const next = lab.start();
      await lab.until(() => next.agent.status.joined);
      await lab.clock.advance(60_000);
      assertUntouched(lab);
      await assertObeyed(lab);
    }));

  test(`the store is emptied while no daemon runs, and then has the ${identity} identity: units keep running`, () =>
    withUnits(async (lab, daemon) => {
      await daemon.stop();
      await lab.loseStore(identity);
      const next = lab.start();
      await lab.until(() => next.agent.status.joined);
      await lab.clock.advance(60_000);
      assertUntouched(lab);
      await assertObeyed(lab);
    }));
}

test("a daemon that leaves the cluster also removes orphans", () =>
  withUnits(async (lab, daemon) => {
    await lab.loseStore("second");
    await lab.until(async () => (await lab.machineKey()) !== undefined);
    let left = false;
    void daemon.agent.leave(60_000).then(() => (left = true));
    await lab.until(() => left);
    assert.equal(lab.systemd.files.size, 0);
    assert.ok(!lab.systemd.isActive(WEB));
  }));

test("a unit that was unassigned without a daemon is stopped: its store still exists", () =>
  withUnits(async (lab, daemon) => {
    await daemon.stop();
    await lab.unassign(WEB);
    lab.start();
    await lab.until(() => !lab.systemd.isActive(WEB));
    assert.ok(lab.systemd.isActive(OTHER));
  }));
