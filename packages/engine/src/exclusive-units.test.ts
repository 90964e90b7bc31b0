import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineLab } from "./engine-lab.fixture.ts";
import { engineLabs } from "./engine-labs.fixture.ts";

const EXCLUSIVE_MS = 60_000;
const EXCLUSIVE = ["Exclusive=true"];

const newLab = engineLabs();

async function lab(...machines: readonly string[]): Promise<EngineLab> {
  const made = await newLab(...machines);
  made.start("m9");
  await made.submit("a.service", "launched", EXCLUSIVE);
  await made.untilPlaces("a.service m1");
  return made;
}

test("off a lost machine an exclusive unit goes once its guard must have stopped it", async () => {
  const cluster = await lab("m1", "m2");
  await cluster.die("m1");
  await cluster.clock.advance(EXCLUSIVE_MS - 1_000);
  assert.deepEqual(cluster.places(), ["a.service m1"]);
  await cluster.clock.advance(4_000);
  assert.deepEqual(cluster.places(), ["a.service m2"]);
});

test("a machine that comes back in time keeps it, and the time begins anew when it is lost again", async () => {
  const cluster = await lab("m1", "m2");
  await cluster.die("m1");
  await cluster.clock.advance(EXCLUSIVE_MS - 5_000);
  await cluster.join("m1");
  await cluster.clock.advance(5_000);
  await cluster.die("m1");
  await cluster.clock.advance(EXCLUSIVE_MS - 5_000);
  assert.deepEqual(cluster.places(), ["a.service m1"]);
});

test("the time of a machine that leaves begins when its lease has ended", async () => {
  const cluster = await lab("m1", "m2");
  await cluster.leave("m1");
  await cluster.clock.advance(2 * EXCLUSIVE_MS);
  assert.deepEqual(cluster.places(), ["a.service m1"]);
  await cluster.die("m1");
  await cluster.clock.advance(EXCLUSIVE_MS + 20_000);
  assert.deepEqual(cluster.places(), ["a.service m2"]);
});

test("a new leader counts anew", async () => {
  const cluster = await newLab("m1", "m2");
  const engine = cluster.start("m2");
  await cluster.submit("a.service", "launched", EXCLUSIVE);
  await cluster.untilPlaces("a.service m1");
  await cluster.die("m1");
  await cluster.clock.advance(EXCLUSIVE_MS - 5_000);
  await engine.stop();
  const next = cluster.start("m2");
  await cluster.until(() => next.leads);
  await cluster.clock.advance(EXCLUSIVE_MS - 5_000);
  assert.deepEqual(cluster.places(), ["a.service m1"]);
});
