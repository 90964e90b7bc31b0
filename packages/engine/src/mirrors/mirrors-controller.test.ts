import assert from "node:assert/strict";
import { test } from "node:test";
import { engineLabs } from "../fixture/engine-labs.fixture.ts";

const lab = engineLabs();

const NEEDS_B = ["MachineID=m1", "[Unit]", "BindsTo=b.service", "After=b.service"];

test("a machine is told the state of a unit elsewhere that one of its units needs, until none does", async () => {
  const cluster = await lab("m1", "m2");
  const engine = cluster.start("m2");
  const state = (): string | undefined => cluster.feed.view.mirrors.get("m1")?.get("b.service")?.state;
  await cluster.submit("b.service", "launched", ["MachineID=m2", "[Unit]", "Before=a.service"]);
  await cluster.submit("a.service", "launched", NEEDS_B);
  await cluster.until(() => state() === "starting");
  assert.deepEqual(cluster.feed.view.mirrors.get("m1")?.get("b.service")?.options, [
    { section: "Unit", name: "Before", value: "a.service" },
  ]);
  await cluster.started("b.service", "m2");
  await cluster.until(() => state() === "active");
  await cluster.started("b.service", "m2", { active: "activating", sub: "auto-restart", problem: "It crashed." });
  await cluster.until(() => state() === "starting");
  await cluster.started("b.service", "m2", { active: "failed", sub: "failed", problem: "It crashed." });
  await cluster.until(() => state() === "failed");
  assert.match(cluster.feed.view.mirrors.get("m1")?.get("b.service")?.text ?? "", /has failed on machine m2.*crashed/);
  await cluster.submit("b.service", "inactive", ["MachineID=m2"]);
  await cluster.until(() => state() === "inactive");
  await cluster.destroy("b.service");
  await cluster.until(() => cluster.feed.view.mirrors.size === 0);
  assert.ok(engine.decided.includes("written unmirror b.service"));
});

test("a unit that comes to the machine needs no mirror there, and gets one when it leaves", async () => {
  const cluster = await lab("m1", "m2");
  cluster.start("m2");
  const machines = (): string => [...cluster.feed.view.mirrors.keys()].join();
  await cluster.submit("a.service", "launched", NEEDS_B);
  await cluster.submit("b.service", "launched", ["MachineID=m1"]);
  await cluster.untilPlaces("a.service m1", "b.service m1");
  assert.equal(machines(), "");
  await cluster.submit("b.service", "launched", ["MachineID=m2"]);
  await cluster.until(() => machines() === "m1");
  await cluster.submit("b.service", "launched", ["MachineID=m1"], "0");
  await cluster.until(() => machines() === "");
});

test("a unit on a machine that is lost counts as down only if no other machine can take it", async () => {
  const cluster = await lab("m1", "m2", "m3");
  cluster.start("m1");
  const states: string[] = [];
  cluster.feed.onChange(() => {
    const state = cluster.feed.view.mirrors.get("m1")?.get("b.service")?.state;
    if (state !== undefined && state !== states.at(-1)) states.push(state);
  });
  await cluster.submit("a.service", "launched", NEEDS_B);
  await cluster.submit("b.service", "launched", ["Conflicts=a.service"]);
  await cluster.untilPlaces("a.service m1", "b.service m2");
  await cluster.started("b.service", "m2");
  await cluster.until(() => states.at(-1) === "active");
  await cluster.die("m2");
  await cluster.until(() => cluster.places().includes("b.service m3"));
  await cluster.started("b.service", "m3");
  await cluster.until(() => states.at(-1) === "active" && states.length > 2);
  assert.deepEqual(states, ["starting", "active", "starting", "active"]);
  await cluster.die("m3");
  await cluster.until(() => states.at(-1) === "inactive");
});

test("units without dependencies on units of the cluster have no mirrors", async () => {
  const cluster = await lab("m1", "m2");
  const engine = cluster.start("m2");
  await cluster.submit("a.service", "launched", ["[Unit]", "After=network.target", "Requires=dbus.service"]);
  await cluster.untilPlaces("a.service m1");
  await cluster.clock.advance(120_000);
  assert.equal(cluster.feed.view.units.get("a.service")?.needs, undefined);
  assert.ok(engine.decided.every((decided) => !decided.includes("mirror")));
});
