import assert from "node:assert/strict";
import { test } from "node:test";
import { type EngineLab, TTL_MS } from "./engine-lab.fixture.ts";
import { engineLabs } from "./engine-labs.fixture.ts";

const lab = engineLabs();

const losses = (cluster: EngineLab): string =>
  (cluster.feed.view.attempts.get("a.service")?.failed ?? []).map(({ machineID }) => machineID).join(" ");

test("a unit that takes its host down is held after three machines, also across leaders", async () => {
  const cluster = await lab("m1", "m2", "m3", "m4", "m5");
  let leader = cluster.start("m8");
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  await cluster.die("m1");
  await cluster.untilPlaces("a.service m1 leaving", "a.service m2");
  await leader.stop();
  leader = cluster.start("m9");
  await cluster.die("m2");
  await cluster.untilPlaces("a.service m1 leaving", "a.service m2 leaving", "a.service m3");
  assert.equal(losses(cluster), "m1 m2");
  await cluster.die("m3");
  await cluster.untilPlaces("a.service m1 leaving", "a.service m2 leaving", "a.service m3 leaving");
  await cluster.clock.advance(60_000);
  assert.equal(losses(cluster), "m1 m2 m3");
  assert.ok(!cluster.places().some((place) => /m[45]$/.test(place)));
  assert.ok(leader.logged.some(({ fields }) => String(fields?.["reason"]).includes("fleetctl restart a.service")));
  await cluster.restart("a.service");
  await cluster.until(() => cluster.places().includes("a.service m4"));
  assert.equal(losses(cluster), "");
});

test("machines that are lost later than right after the start blame nobody", async () => {
  const cluster = await lab("m1", "m2", "m3", "m4");
  cluster.start("m9");
  await cluster.submit("a.service", "launched");
  for (const id of ["m1", "m2", "m3"]) {
    await cluster.until(() => cluster.places().includes(`a.service ${id}`));
    await cluster.clock.advance(TTL_MS + 11_000);
    await cluster.die(id);
  }
  await cluster.until(() => cluster.places().includes("a.service m4"));
  assert.equal(losses(cluster), "");
});
