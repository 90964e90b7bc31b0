import assert from "node:assert/strict";
import { test } from "node:test";
import { type EngineLab, txnsOf } from "../fixture/engine-lab.fixture.ts";
import { engineLabs } from "../fixture/engine-labs.fixture.ts";

const lab = engineLabs();

const attempts = (cluster: EngineLab) =>
  cluster.feed.view.attempts.get("a.service")?.failed.map(({ machineID }) => machineID) ?? [];

/** Resolves to the milliseconds until the unit was there. */
async function timeUntilOn(cluster: EngineLab, machine: string): Promise<number> {
  const begun = cluster.clock.monotonic();
  await cluster.until(() => cluster.places().join() === `a.service ${machine}`, 700_000);
  return cluster.clock.monotonic() - begun;
}

/** The unit is on m2, since m1 could not run it. */
async function moveByFailing(cluster: EngineLab): Promise<void> {
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  await cluster.gaveUp("a.service", "m1");
  await cluster.untilPlaces("a.service m2");
}

test("a unit that systemd gave up moves at once the first time, then after growing pauses", async () => {
  const cluster = await lab("m1", "m2", "m3");
  const engine = cluster.start("m1");
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  const pauses: number[] = [];
  for (const [from, to] of ["m1 m2", "m2 m3", "m3 m1", "m1 m2"].map((way) => way.split(" "))) {
    await cluster.gaveUp("a.service", from ?? "");
    pauses.push(await timeUntilOn(cluster, to ?? ""));
  }
  for (const [index, least] of [0, 30_000, 60_000, 120_000].entries()) {
    const pause = pauses[index] ?? 0;
    assert.ok(pause >= least && pause <= least + 2_500, `pause ${index}: ${pause} ms`);
  }
  assert.deepEqual(attempts(cluster), ["m1", "m2", "m3", "m1"]);
  assert.ok(engine.logged.some(({ message }) => message === "a unit keeps failing where it is"));
});

test("a unit moves when a machine cannot store its file", async () => {
  const cluster = await lab("m1", "m2");
  cluster.start("m1");
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  await cluster.gaveUp("a.service", "m1", { load: "error", active: "inactive", sub: "dead", launched: false });
  await timeUntilOn(cluster, "m2");
  assert.deepEqual(attempts(cluster), ["m1"]);
});

test("a failing unit with no other machine stays, and nothing more is written", async () => {
  const cluster = await lab("m1");
  const engine = cluster.start("m1");
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  await cluster.gaveUp("a.service", "m1");
  await cluster.until(() => attempts(cluster).length === 1);
  const writes = txnsOf(engine).length;
  await cluster.clock.advance(60_000);
  assert.equal(txnsOf(engine).length, writes);
  await cluster.join("m2");
  await cluster.untilPlaces("a.service m2");
});

test("a unit that recovers where it failed stays there until it fails again", async () => {
  const cluster = await lab("m1", "m2");
  cluster.start("m1");
  await moveByFailing(cluster);
  await cluster.gaveUp("a.service", "m2");
  await cluster.until(() => attempts(cluster).length === 2);
  await cluster.started("a.service", "m2");
  await cluster.clock.advance(60_000);
  assert.deepEqual(cluster.places(), ["a.service m2"]);
  await cluster.gaveUp("a.service", "m2");
  await timeUntilOn(cluster, "m1");
});

test("a change of the unit clears its failed attempts", async () => {
  const cluster = await lab("m1", "m2");
  cluster.start("m1");
  await moveByFailing(cluster);
  await cluster.started("a.service", "m2");
  await cluster.submit("a.service", "launched", [], "0");
  await cluster.until(() => !cluster.feed.view.attempts.has("a.service"));
});

test("an hour of running clears a unit's failed attempts", async () => {
  const cluster = await lab("m1", "m2");
  cluster.start("m1");
  await moveByFailing(cluster);
  await cluster.started("a.service", "m2");
  await cluster.clock.advance(3_500_000);
  assert.deepEqual(attempts(cluster), ["m1"]);
  await cluster.clock.advance(200_000);
  assert.deepEqual(attempts(cluster), []);
});

test("a new leader knows the failed attempts, and its pause starts from zero", async () => {
  const cluster = await lab("m1", "m2");
  const engine = cluster.start("m1");
  await moveByFailing(cluster);
  await cluster.gaveUp("a.service", "m2");
  await cluster.until(() => attempts(cluster).length === 2);
  await cluster.clock.advance(20_000);
  const next = cluster.start("m2");
  await engine.stop();
  await cluster.until(() => next.leads);
  const pause = await timeUntilOn(cluster, "m1");
  assert.ok(pause > 28_000 && pause < 33_000, `${pause} ms`);
});
