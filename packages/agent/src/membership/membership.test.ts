import assert from "node:assert/strict";
import { test } from "node:test";
import type { Op } from "@flotilla/store";
import { CHANGED, type Daemon, inLab, MACHINE, SERVICE, TTL_MS, WEB, withRunningUnit } from "../lab.fixture.ts";

const MONITOR_LINE = "Server monitor triggered: Monitor timed out before successful heartbeat";

function count(daemon: Daemon, start: string): number {
  return daemon.lines.filter((line) => line.startsWith(start)).length;
}

test("store outage shorter than the TTL: nothing happens, and nothing is lost", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    const before = await lab.machineKey();
    daemon.storeUp = false;
    await lab.clock.advance(TTL_MS / 2);
    void lab.systemd.admin("stop", WEB);
    await lab.clock.advance(TTL_MS / 4);
    daemon.storeUp = true;
    await lab.untilPublished(WEB, { active: "inactive", launched: true });
    assert.deepEqual(await lab.machineKey(), before);
    assert.equal(count(daemon, MONITOR_LINE), 0);
    assert.equal(lab.systemd.starts(WEB), 1);
  }));

test("store outage longer than the TTL: units keep running, one log line, and the machine rejoins", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    const before = await lab.machineKey();
    daemon.storeUp = false;
    await lab.until(async () => (await lab.machineKey()) === undefined);
    assert.equal(count(daemon, MONITOR_LINE), 1);
    assert.ok(!daemon.agent.status.joined);
    const reason = (): string => (daemon.agent.status.joined ? "" : daemon.agent.status.reason);
    assert.match(reason(), /^lost the machine's membership in the cluster: ./);
    await lab.clock.advance(300_000);
    assert.match(reason(), /^lost the machine's membership in the cluster: ./);
    assert.equal((await lab.published()).size, 0);
    assert.ok(lab.systemd.isActive(WEB));
    daemon.storeUp = true;
    await lab.untilPublished(WEB, { active: "active", launched: true });
    await lab.until(() => daemon.agent.status.joined);
    assert.notDeepEqual(await lab.machineKey(), before);
    assert.equal(count(daemon, MONITOR_LINE), 1);
    assert.equal(lab.systemd.starts(WEB), 1);
    assert.ok(daemon.lines.length < 30, daemon.lines.join("\n"));
  }));

test("a machine that returns stops only units that its new assignments exclude", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    await lab.assign("moved.service", SERVICE);
    await lab.untilPublished("moved.service", { active: "active" });
    daemon.storeUp = false;
    await lab.until(async () => (await lab.machineKey()) === undefined);
    await lab.assign(WEB, SERVICE, { leaving: true });
    await lab.unassign("moved.service");
    daemon.storeUp = true;
    await lab.until(() => !lab.systemd.isActive("moved.service"));
    await lab.untilPublished(WEB, { active: "active" });
    assert.equal(lab.systemd.starts(WEB), 1);
  }));

test("a second daemon with the same machine ID waits, says why, and takes over when the first is gone", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    const second = lab.start({ elsewhere: true });
    await lab.clock.advance(5 * TTL_MS);
    const { status } = second.agent;
    assert.match(status.joined ? "" : status.reason, /^another daemon with machine ID m1 is registered;/);
    assert.equal(count(second, "another daemon"), 1);
    assert.equal(second.manager.list().size, 0);
    assert.ok(daemon.agent.status.joined);
    daemon.crash();
    await lab.until(() => second.agent.status.joined);
    await lab.until(() => second.manager.list().get(WEB)?.activeState === "active");
  }));

test("a daemon without its runtime directory waits for its old lease to expire", () =>
  withRunningUnit(async ({ lab }) => {
    lab.reboot();
    const daemon = lab.start();
    await lab.until(() => daemon.agent.status.joined);
    await lab.untilPublished(WEB, { active: "active", launched: true });
  }));

test("a machine that returns within its TTL with its lease on disk continues at once", () =>
  withRunningUnit(async ({ lab }) => {
    const { savedLease } = lab;
    const before = await lab.machineKey();
    lab.reboot();
    lab.savedLease = savedLease;
    const daemon = lab.start();
    await lab.until(() => daemon.agent.status.joined);
    assert.deepEqual(await lab.machineKey(), before);
    await lab.until(() => lab.systemd.starts(WEB) === 2 && lab.systemd.isActive(WEB));
  }));

const HANDS: readonly (readonly [what: string, op: Op])[] = [
  ["deleted", { delete: "machine/m1" }],
  ["overwritten", { put: "machine/m1", value: "garbage" }],
];

for (const [what, op] of HANDS) {
  test(`a record that another client has ${what} is restored within seconds; units, lease and states stay`, () =>
    withRunningUnit(async ({ lab, daemon }) => {
      const before = await lab.machineKey();
      for (let times = 1; times <= 3; times += 1) {
        await lab.store.txn({ onSuccess: [op] });
        await lab.clock.advance(2_000);
        assert.equal((await lab.machineKey())?.lease, before?.lease);
        assert.equal(count(daemon, "the machine's record in the store was deleted or overwritten"), times);
      }
      assert.ok(daemon.agent.status.joined);
      assert.equal((await lab.published()).get(WEB)?.active, "active");
      assert.equal(lab.systemd.starts(WEB), 1);
    }));
}

test("states and their claim that another client deletes together with the record are restored as well", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    await lab.store.txn({
      onSuccess: [{ delete: "machine/m1" }, { delete: `state/m1/${WEB}` }, { delete: "publisher/m1" }],
    });
    await lab.untilPublished(WEB, { active: "active", launched: true });
    assert.ok(await lab.machineKey());
    assert.ok(daemon.agent.status.joined);
    void lab.systemd.admin("stop", WEB);
    await lab.untilPublished(WEB, { active: "inactive" });
  }));

test("two daemons with one machine ID whose record is deleted do not fight: one is registered, one waits", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    const second = lab.start({ elsewhere: true });
    await lab.until(() => !second.agent.status.joined && /another/.test(second.agent.status.reason));
    for (let times = 0; times < 3; times += 1) {
      await lab.store.txn({ onSuccess: [{ delete: "machine/m1" }] });
      await lab.clock.advance(2_000);
      const published = await lab.machineKey();
      const both = [daemon, second].map(({ agent }) => agent.status.joined);
      assert.notEqual(both[0], both[1]);
      await lab.clock.advance(3 * TTL_MS);
      assert.deepEqual(await lab.machineKey(), published);
      assert.deepEqual(
        [daemon, second].map(({ agent }) => agent.status.joined),
        both,
      );
    }
  }));

test("a daemon that another one has replaced says so, and registers again when the other is gone", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    const rival = await lab.store.grant(1e9);
    await lab.store.txn({ onSuccess: [{ put: "machine/m1", value: JSON.stringify(MACHINE), lease: rival.id }] });
    await lab.until(() => !daemon.agent.status.joined);
    assert.match(daemon.agent.status.joined ? "" : daemon.agent.status.reason, /^another daemon with machine ID m1/);
    await lab.clock.advance(3 * TTL_MS);
    assert.equal((await lab.machineKey())?.lease, rival.id);
    assert.equal((await lab.published()).size, 0);
    assert.ok(lab.systemd.isActive(WEB));
    await rival.revoke();
    await lab.until(() => daemon.agent.status.joined);
    await lab.untilPublished(WEB, { active: "active" });
    assert.equal(lab.systemd.starts(WEB), 1);
  }));

test("leave: the record is removed at once, units stop in parallel, and nothing remains", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    const units = [WEB, "a.service", "b.service"];
    for (const unit of units) {
      lab.systemd.behave(unit, { stopMs: 10_000 });
      await lab.assign(unit, SERVICE);
    }
    await lab.until(() => units.every((unit) => lab.systemd.isActive(unit)));
    const begun = lab.clock.monotonic();
    let left = false;
    const leaving = daemon.agent.leave(60_000).then(() => (left = true));
    await lab.until(async () => (await lab.machineKey()) === undefined);
    assert.ok(lab.clock.monotonic() - begun < 1_000);
    assert.ok(units.every((unit) => lab.systemd.units.get(unit)?.activeState === "deactivating"));
    await lab.untilPublished(WEB, { active: "deactivating" });
    await lab.until(() => left);
    await leaving;
    await daemon.running;
    assert.ok(lab.clock.monotonic() - begun < 12_000);
    assert.deepEqual([lab.systemd.files.size, lab.launches.all.size, (await lab.published()).size], [0, 0, 0]);
    assert.equal(lab.savedLease.load(), undefined);
    // The next daemon can register at once.
    const next = lab.start();
    await lab.untilPublished(WEB, { active: "active", launched: true });
    assert.ok(next.agent.status.joined);
  }));

test("leave: a unit that does not stop in time is left to the host", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    lab.systemd.behave(WEB, { stop: "hang" });
    let left = false;
    void daemon.agent.leave(5_000).then(() => (left = true));
    await lab.until(() => left);
    assert.equal((await lab.published()).size, 0);
    assert.equal(count(daemon, "some units did not stop in time"), 1);
  }));

test("leave: units also stop without a store", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    daemon.storeUp = false;
    let left = false;
    void daemon.agent.leave(60_000).then(() => (left = true));
    await lab.until(() => left);
    assert.equal(lab.systemd.files.size, 0);
    assert.ok(!lab.systemd.isActive(WEB));
  }));

test("leave: a machine that left without a store can rejoin at once", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    const before = await lab.machineKey();
    daemon.storeUp = false;
    let left = false;
    void daemon.agent.leave(60_000).then(() => (left = true));
    await lab.until(() => left);
    const next = lab.start();
    await lab.until(() => next.agent.status.joined);
    assert.deepEqual(await lab.machineKey(), before);
    await lab.until(() => lab.systemd.isActive(WEB));
  }));

test("leave: a daemon that waits for another to leave does not remove the other's record", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    const second = lab.start({ elsewhere: true });
    await lab.until(() => !second.agent.status.joined && /another/.test(second.agent.status.reason));
    let left = false;
    void second.agent.leave(5_000).then(() => (left = true));
    await lab.until(() => left);
    assert.notEqual(await lab.machineKey(), undefined);
    assert.ok(daemon.agent.status.joined);
    await lab.assign(WEB, CHANGED);
    await lab.until(() => lab.systemd.starts(WEB) === 2);
  }));

test("a removed machine stops its units without the store, and stays out", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    const lease = lab.savedLease.load();
    await lab.assign("slow.service", SERVICE);
    lab.systemd.behave("slow.service", { stopMs: 300_000 });
    await lab.until(() => lab.systemd.isActive("slow.service"));
    daemon.storeUp = false;
    daemon.agent.dismiss("machine m1 was removed");
    const isOut = (): boolean => !daemon.agent.status.joined && daemon.agent.status.reason === "machine m1 was removed";
    assert.ok(isOut());
    await lab.until(() => !lab.systemd.isActive(WEB));
    await lab.store.txn({ onSuccess: [{ delete: "machine/m1" }] });
    daemon.storeUp = true;
    for (let minutes = 0; minutes < 6; minutes += 1) await lab.clock.advance(60_000);
    assert.deepEqual([lab.systemd.files.size, lab.launches.all.size], [0, 0], "a slow unit is not forgotten");
    assert.ok(isOut());
    assert.equal(await lab.machineKey(), undefined);
    assert.equal(lab.savedLease.load(), undefined);
    assert.equal(count(daemon, "this machine was removed from the cluster; stopping its units"), 1);
    // A later membership begins with a lease of its own.
    daemon.crash();
    const next = lab.start();
    await lab.until(() => next.agent.status.joined && lab.systemd.isActive(WEB));
    assert.notEqual(lab.savedLease.load(), lease);
  }));

test("a daemon that starts on a removed machine stops the units of the one before, and does not join", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    daemon.crash();
    const next = lab.start();
    next.storeUp = false;
    next.agent.dismiss("machine m1 was removed");
    await lab.until(() => lab.systemd.files.size === 0 && !lab.systemd.isActive(WEB));
    assert.deepEqual(next.agent.status, { joined: false, reason: "machine m1 was removed" });
  }));

test("a unit without a file in the store is reported, and continues when the file is there", () =>
  inLab(async (lab) => {
    lab.start();
    await lab.assign(WEB, SERVICE, { digest: "missing" });
    await lab.untilPublished(WEB, { load: "error", launched: false });
    assert.match((await lab.published()).get(WEB)?.problem ?? "", /cannot find unit file missing in the store/);
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, { active: "active", launched: true, problem: "" });
  }));
