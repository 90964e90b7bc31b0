import assert from "node:assert/strict";
import { test } from "node:test";
import { type EngineLab, TTL_MS } from "../fixture/engine-lab.fixture.ts";
import { engineLabs } from "../fixture/engine-labs.fixture.ts";

const lab = engineLabs();

const losses = (cluster: EngineLab): string =>
  (cluster.feed.view.attempts.get("a.service")?.failed ?? []).map(({ machineID }) => machineID).join(" ");

test("a unit that takes down its hosts is held after three machines, also across leaders", async () => {
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

test("a machine that is lost long after a start counts against no unit", async () => {
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

test("a global unit starts on the leader's machine once another machine has outlived the start", async () => {
  const cluster = await lab("m1", "m2", "m3");
  cluster.start("m2");
  await cluster.submit("a.service", "launched", ["Global=true"]);
  await cluster.untilPlaces("a.service m1", "a.service m3");
  await cluster.clock.advance(9_000);
  assert.deepEqual(cluster.places(), ["a.service m1", "a.service m3"]);
  await cluster.clock.advance(4_000);
  assert.deepEqual(cluster.places(), ["a.service m1", "a.service m2", "a.service m3"]);
  await cluster.join("m4");
  await cluster.until(() => cluster.places().includes("a.service m4"), 1_000);
});

test("a global unit that runs for three seconds has outlived its start", async () => {
  const cluster = await lab("m1", "m2", "m3");
  cluster.start("m2");
  await cluster.submit("a.service", "launched", ["Global=true"]);
  await cluster.untilPlaces("a.service m1", "a.service m3");
  await cluster.started("a.service", "m3");
  await cluster.clock.advance(2_000);
  assert.equal(cluster.places().length, 2);
  await cluster.until(() => cluster.places().includes("a.service m2"), 4_000);
  const { askedAt = 0 } = cluster.feed.view.assignments.get("a.service")?.get("m3") ?? {};
  const waited = cluster.clock.wall() - askedAt;
  assert.ok(waited >= 3_000 && waited <= 3_050, `the end of the trial wakes the leader: ${waited} ms`);
});

test("a global unit is held when machines leave right after its start, and the leader's machine goes on", async () => {
  const cluster = await lab("m1", "m2", "m3", "m4");
  const leader = cluster.start("m4");
  await cluster.submit("a.service", "launched", ["Global=true"]);
  await cluster.untilPlaces("a.service m1", "a.service m2", "a.service m3");
  for (const id of ["m1", "m2", "m3"]) await cluster.leave(id);
  await cluster.until(() => losses(cluster) === "m1 m2 m3");
  await cluster.clock.advance(60_000);
  await cluster.join("m1");
  await cluster.clock.advance(60_000);
  assert.deepEqual(cluster.places(), ["a.service m1 leaving", "a.service m2 leaving", "a.service m3 leaving"]);
  assert.ok(leader.logged.some(({ fields }) => String(fields?.["reason"]).includes("fleetctl restart a.service")));
  await cluster.restart("a.service");
  await cluster.until(() => cluster.places().includes("a.service m1"));
});

test("a unit that takes down the machine that it is pinned to starts there three times", async () => {
  const cluster = await lab("m1", "m2");
  cluster.start("m2");
  await cluster.submit("a.service", "launched", ["MachineID=m1"]);
  for (let times = 1; times <= 3; times += 1) {
    await cluster.untilPlaces("a.service m1");
    await cluster.clock.advance(1_000);
    await cluster.leave("m1");
    await cluster.untilPlaces("a.service m1 leaving");
    assert.equal(losses(cluster), Array.from({ length: times }, () => "m1").join(" "));
    await cluster.join("m1");
  }
  await cluster.clock.advance(60_000);
  assert.deepEqual(cluster.places(), ["a.service m1 leaving"]);
});

test("when two of three machines leave right after the start of a global unit, the last machine is spared", async () => {
  const cluster = await lab("m1", "m2", "m3");
  cluster.start("m3");
  await cluster.submit("a.service", "launched", ["Global=true"]);
  await cluster.untilPlaces("a.service m1", "a.service m2");
  await Promise.all([cluster.leaveAtOnce("m1"), cluster.leaveAtOnce("m2")]);
  await cluster.until(() => losses(cluster) === "m1 m2");
  await cluster.clock.advance(60_000);
  assert.deepEqual(cluster.places(), ["a.service m1 leaving", "a.service m2 leaving"]);
});
