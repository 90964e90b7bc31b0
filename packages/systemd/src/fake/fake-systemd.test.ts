import assert from "node:assert/strict";
import { it } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import { UnitManagerUnavailableError } from "../unit-manager-error.ts";
import { FakeSystemd, FakeUnitManager } from "./index.ts";

const TEXT = "[Service]\nExecStart=/bin/sleep 9\n";

it("a reboot leaves only the host's units, and ends every connection", async () => {
  const clock = new ManualClock();
  const systemd = new FakeSystemd({ clock });
  systemd.addHostUnit("own.service");
  const before = new FakeUnitManager(systemd);
  await before.write("a.service", TEXT);
  const waiting = assert.rejects(before.start("a.service"), UnitManagerUnavailableError);
  systemd.reboot();
  await waiting;
  await clock.advance(1_000);
  assert.equal(before.connected, false);
  const after = new FakeUnitManager(systemd);
  assert.deepEqual([...after.list()], []);
  assert.equal(systemd.isActive("own.service"), true);
  assert.equal(systemd.boot, 2);
});

it("units and jobs continue when the daemon crashes", async () => {
  const clock = new ManualClock();
  const systemd = new FakeSystemd({ clock, startMs: 50 });
  const before = new FakeUnitManager(systemd);
  await before.write("a.service", TEXT);
  const waiting = assert.rejects(before.start("a.service"), UnitManagerUnavailableError);
  await before.close();
  await waiting;
  await clock.advance(50);
  const after = new FakeUnitManager(systemd);
  assert.equal(after.list().get("a.service")?.activeState, "active");
  assert.equal(systemd.starts("a.service"), 1);
  systemd.die("a.service");
  assert.equal(after.list().get("a.service")?.result, "exit-code");
});

it("a unit whose assertion does not hold is not started", async () => {
  const clock = new ManualClock();
  const systemd = new FakeSystemd({ clock });
  systemd.write("a.service", TEXT);
  systemd.assertStarts((name) => name !== "a.service");
  assert.equal((await systemd.admin("start", "a.service")).result, "assert");
  assert.equal(systemd.starts("a.service"), 0);
});

it("SIGKILL ends a unit that does not stop", async () => {
  const clock = new ManualClock();
  const systemd = new FakeSystemd({ clock });
  systemd.write("a.service", TEXT);
  systemd.behave("a.service", { stop: "hang" });
  void systemd.admin("start", "a.service");
  await clock.advance(50);
  const stopped = systemd.admin("stop", "a.service");
  await clock.advance(60_000);
  assert.equal(systemd.units.get("a.service")?.activeState, "deactivating");
  systemd.kill("a.service", 9);
  assert.equal((await stopped).result, "done");
  assert.equal(systemd.units.has("a.service"), false);
});

it("a job that is canceled at the moment of its end does nothing more", async () => {
  const clock = new ManualClock();
  const systemd = new FakeSystemd({ clock });
  systemd.write("a.service", TEXT);
  void systemd.admin("start", "a.service");
  await clock.advance(50);
  const stopped = systemd.admin("stop", "a.service");
  void clock.sleep(10).then(() => systemd.admin("start", "a.service"));
  await clock.advance(50);
  assert.equal((await stopped).result, "canceled");
  assert.equal(systemd.isActive("a.service"), true);
});

for (const [first, then] of [
  ["start", "stop"],
  ["stop", "start"],
] as const)
  it(`a ${first} that a ${then} cancels at the moment of its end leaves the ${then} its job`, async () => {
    for (let ticks = 0; ticks < 5; ticks += 1) {
      const clock = new ManualClock();
      const systemd = new FakeSystemd({ clock });
      systemd.write("a.service", TEXT);
      void systemd.admin("start", "a.service");
      if (first === "stop") {
        await clock.advance(10);
        void systemd.admin("stop", "a.service");
      }
      void clock.sleep(10).then(async () => {
        for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
        systemd.behave("a.service", { startMs: 1_000, stopMs: 1_000 });
        void systemd.admin(then, "a.service");
      });
      await clock.advance(20);
      assert.equal(systemd.units.get("a.service")?.job?.type, then, `after ${ticks} microtasks`);
    }
  });
