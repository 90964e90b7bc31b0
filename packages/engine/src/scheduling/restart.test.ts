import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineLab } from "../fixture/engine-lab.fixture.ts";
import { engineLabs } from "../fixture/engine-labs.fixture.ts";

const newLab = engineLabs();

/** "m1 m3": the machines whose assignments carry the request to restart `a.service`. */
function told({ feed }: EngineLab, restart: number): string {
  const places = [...(feed.view.assignments.get("a.service")?.values() ?? [])];
  const those = places.filter((place) => place.restart === restart).map(({ machineID }) => machineID);
  return those.sort().join(" ");
}

test("a restart request reaches the unit's machine, and a new assignment has it from the start", async () => {
  const cluster = await newLab("m1", "m2");
  cluster.start("m9");
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  const restart = await cluster.restart("a.service");
  await cluster.until(() => told(cluster, restart) === "m1");
  await cluster.die("m1");
  await cluster.untilPlaces("a.service m1 leaving", "a.service m2");
  assert.equal(told(cluster, restart), "m1 m2");
});

test("the copies of a global unit restart one after the other, also under the next leader", async () => {
  const cluster = await newLab("m1", "m2", "m3");
  const first = cluster.start("m8");
  await cluster.submit("a.service", "launched", ["Global=true"]);
  await cluster.untilPlaces("a.service m1", "a.service m2", "a.service m3");
  for (const id of ["m1", "m2", "m3"]) await cluster.started("a.service", id);
  const restart = await cluster.restart("a.service");
  await cluster.until(() => told(cluster, restart) === "m1");
  await cluster.clock.advance(10_000);
  assert.equal(told(cluster, restart), "m1", "the second waits until the first is up");
  await cluster.started("a.service", "m1", { restarted: restart });
  await cluster.until(() => told(cluster, restart) === "m1 m2", 1_000);
  await first.stop();
  cluster.start("m9");
  await cluster.clock.advance(10_000);
  assert.equal(told(cluster, restart), "m1 m2");
  await cluster.started("a.service", "m2", { restarted: restart });
  await cluster.until(() => told(cluster, restart) === "m1 m2 m3", 1_000);
});

test("a machine that returns while copies restart gets its turn", async () => {
  const cluster = await newLab("m1", "m2");
  cluster.start("m9");
  await cluster.submit("a.service", "launched", ["Global=true"]);
  await cluster.untilPlaces("a.service m1", "a.service m2");
  for (const id of ["m1", "m2"]) await cluster.started("a.service", id);
  await cluster.die("m2");
  const restart = await cluster.restart("a.service");
  await cluster.until(() => told(cluster, restart) === "m1");
  await cluster.started("a.service", "m1", { restarted: restart });
  await cluster.clock.advance(10_000);
  assert.equal(told(cluster, restart), "m1");
  await cluster.join("m2");
  await cluster.until(() => told(cluster, restart) === "m1 m2");
});
