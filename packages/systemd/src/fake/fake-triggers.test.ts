import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import { FakeSystemd, FakeUnitManager } from "./index.ts";

const SERVICE = "[Service]\nExecStart=/bin/sleep 9\n";
const RELOAD_MS = 40;

/** A host with a service and a running trigger of this type for it. */
async function triggered(
  type: "timer" | "socket",
): Promise<{ clock: ManualClock; systemd: FakeSystemd; manager: FakeUnitManager; started: string[] }> {
  const clock = new ManualClock();
  const started: string[] = [];
  const systemd = new FakeSystemd({ clock, reloadMs: RELOAD_MS, onOwnStart: (name) => void started.push(name) });
  const manager = new FakeUnitManager(systemd);
  systemd.write("a.service", SERVICE);
  systemd.write(`a.${type}`, type === "timer" ? "[Timer]\nOnActiveSec=1h\n" : "[Socket]\nListenStream=1\n");
  void systemd.admin("start", `a.${type}`);
  await clock.advance(10);
  return { clock, systemd, manager, started };
}

test("a trigger starts its unit when it fires", async () => {
  const { clock, systemd, started } = await triggered("timer");
  systemd.fire("a.timer");
  await clock.advance(10);
  assert.equal(systemd.isActive("a.service"), true);
  assert.deepEqual(started, ["a.service"]);
});

test("a removal reports a start that comes during the removal", async () => {
  const { clock, systemd, manager } = await triggered("timer");
  const removed = manager.remove("a.service");
  await clock.advance(RELOAD_MS - 1);
  systemd.fire("a.timer");
  await clock.advance(RELOAD_MS);
  assert.equal(await removed, false);
  assert.equal(manager.list().get("a.service")?.text, "");
  assert.equal((await afterOneSecond(clock, manager.stop("a.service"))).result, "done");
  assert.equal(await afterOneSecond(clock, manager.remove("a.service")), true);
  assert.equal(manager.list().has("a.service"), false);
});

for (const [type, state] of [
  ["timer", "active/running"],
  ["socket", "failed/failed"],
] as const)
  test(`a ${type} that fires after the removal of its unit starts nothing and is ${state}`, async () => {
    const { clock, systemd, manager } = await triggered(type);
    assert.equal(await afterOneSecond(clock, manager.remove("a.service")), true);
    systemd.fire(`a.${type}`);
    assert.deepEqual([stateOf(systemd, `a.${type}`), systemd.starts("a.service")], [state, 0]);
    await clock.advance(10);
    assert.equal(systemd.isActive("a.service"), false);
  });

test("a timer that fires often after the removal of its unit leaves no failed unit", async () => {
  const { clock, systemd, manager } = await triggered("timer");
  assert.equal(await afterOneSecond(clock, manager.remove("a.service")), true);
  for (let times = 0; times < 7; times += 1) {
    systemd.fire("a.timer");
    await clock.advance(1);
  }
  assert.equal(systemd.units.get("a.service")?.activeState, "inactive");
});

test("a start that fails during a removal leaves no failed unit", async () => {
  const { clock, systemd, manager } = await triggered("timer");
  systemd.behave("a.service", { start: "timeout", startMs: 10 });
  const removed = manager.remove("a.service");
  await clock.advance(RELOAD_MS / 2);
  systemd.fire("a.timer");
  await clock.advance(RELOAD_MS);
  assert.equal(await afterOneSecond(clock, removed), true);
  assert.notEqual(systemd.units.get("a.service")?.activeState, "failed");
});

test("a target starts a unit that it wants as loaded, until the unit is removed", async () => {
  const clock = new ManualClock();
  const systemd = new FakeSystemd({ clock });
  systemd.write("a.service", `${SERVICE}[Install]\nWantedBy=multi-user.target\n`);
  systemd.enable("a.service");
  systemd.reload();
  systemd.write("a.service", "");
  systemd.startTarget("multi-user.target");
  await clock.advance(10);
  assert.equal(systemd.isActive("a.service"), true);
  void systemd.admin("stop", "a.service");
  await clock.advance(10);
  assert.equal(await afterOneSecond(clock, systemd.remove("a.service")), true);
  systemd.startTarget("multi-user.target");
  await clock.advance(10);
  assert.equal(systemd.starts("a.service"), 1);
});

test("a socket that is started during its stop, while its service runs, is refused when the stop is over", async () => {
  const { clock, systemd } = await triggered("socket");
  void systemd.admin("start", "a.service");
  await clock.advance(10);
  void systemd.admin("stop", "a.socket");
  await clock.advance(5);
  const started = systemd.admin("start", "a.socket");
  assert.equal(stateOf(systemd, "a.socket"), "deactivating/stop-sigterm");
  await clock.advance(10);
  assert.equal((await started).result, "failed");
  assert.equal(systemd.units.has("a.socket"), false);
});

function stateOf(systemd: FakeSystemd, name: string): string {
  const { activeState = "", subState = "" } = systemd.units.get(name) ?? {};
  return `${activeState}/${subState}`;
}

async function afterOneSecond<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  await clock.advance(1_000);
  return await promise;
}
