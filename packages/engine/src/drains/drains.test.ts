import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineLab, RunningEngine } from "../fixture/engine-lab.fixture.ts";
import { engineLabs } from "../fixture/engine-labs.fixture.ts";

const lab = engineLabs();

const since = (cluster: EngineLab) => ({ reason: "new kernel", since: cluster.clock.wall() });

/** a.service and b.service run on m1, m2 has nothing yet. */
async function twoOnOne(cluster: EngineLab): Promise<RunningEngine> {
  const engine = cluster.start("m1");
  await cluster.submit("a.service", "launched");
  await cluster.submit("b.service", "launched");
  await cluster.untilPlaces("a.service m1", "b.service m1");
  for (const name of ["a.service", "b.service"]) await cluster.started(name, "m1");
  await cluster.join("m2");
  return engine;
}

test("a drained machine keeps each unit until the unit is up elsewhere", async () => {
  const cluster = await lab("m1");
  await twoOnOne(cluster);
  await cluster.keep("m1", { drain: since(cluster) });
  await cluster.untilPlaces("a.service m1 leaving", "a.service m2", "b.service m1 leaving", "b.service m2");
  await cluster.started("b.service", "m2");
  const begun = cluster.clock.monotonic();
  await cluster.untilPlaces("a.service m1 leaving", "a.service m2", "b.service m2");
  assert.ok(cluster.clock.monotonic() - begun >= 10_000, "the new copy must have run for a while");
  await cluster.started("a.service", "m2");
  await cluster.untilPlaces("a.service m2", "b.service m2");
});

test("a machine stays drained while it is away, and over a change of the leader", async () => {
  const cluster = await lab("m1", "m3");
  await cluster.keep("m2", { drain: since(cluster) });
  const engine = cluster.start("m1");
  cluster.start("m3");
  await cluster.join("m2");
  for (const name of ["a.service", "b.service", "c.service"]) await cluster.submit(name, "launched");
  await cluster.untilPlaces("a.service m1", "b.service m3", "c.service m1");
  await cluster.die("m2");
  await engine.stop();
  await cluster.join("m2");
  await cluster.submit("d.service", "launched");
  await cluster.untilPlaces("a.service m1", "b.service m3", "c.service m1", "d.service m3");
});

test("the leader in the middle of a drain is replaced, and the drain goes on", async () => {
  const cluster = await lab("m1");
  const engine = await twoOnOne(cluster);
  cluster.start("m2");
  await cluster.keep("m1", { drain: since(cluster) });
  await cluster.untilPlaces("a.service m1 leaving", "a.service m2", "b.service m1 leaving", "b.service m2");
  await engine.stop();
  for (const name of ["a.service", "b.service"]) await cluster.started(name, "m2");
  await cluster.untilPlaces("a.service m2", "b.service m2");
});

test("at the deadline, what cannot move stops; after the drain, it starts again", async () => {
  const cluster = await lab("m1");
  cluster.start("m1");
  await cluster.submit("a.service", "launched", ["MachineID=m1"]);
  await cluster.untilPlaces("a.service m1");
  await cluster.keep("m1", { drain: { ...since(cluster), deadline: cluster.clock.wall() + 60_000 } });
  await cluster.clock.advance(55_000);
  assert.deepEqual(cluster.places(), ["a.service m1"]);
  await cluster.untilPlaces();
  await cluster.keep("m1", {});
  await cluster.untilPlaces("a.service m1");
});

test("a drain ends at its time, whatever the clock does meanwhile, and a cordon stays", async () => {
  const cluster = await lab("m1", "m2");
  const engine = cluster.start("m1");
  const wish = since(cluster);
  await cluster.keep("m2", { cordon: wish, drain: { ...wish, until: cluster.clock.wall() + 3_600_000 } });
  await cluster.clock.advance(5_000);
  const begun = cluster.clock.monotonic();
  cluster.clock.jumpWall(86_400_000);
  const machine = () => cluster.feed.view.machines.get("m2");
  await cluster.clock.advance(60_000);
  assert.ok(machine()?.drain);
  await cluster.until(() => machine()?.drain === undefined, 4_000_000);
  assert.ok(cluster.clock.monotonic() - begun >= 3_590_000);
  assert.deepEqual(machine()?.cordon, wish);
  assert.ok(engine.logged.some(({ message }) => message === "drain ended"));
});

test("an operator's move happens once, and the copy ends when the unit is up", async () => {
  const cluster = await lab("m1", "m2");
  cluster.start("m1");
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  await cluster.started("a.service", "m1");
  await cluster.move("a.service", "m2");
  await cluster.untilPlaces("a.service m1 leaving", "a.service m2");
  await cluster.started("a.service", "m2");
  await cluster.untilPlaces("a.service m2");
  await cluster.clock.advance(30_000);
  assert.deepEqual(cluster.places(), ["a.service m2"]);
});
