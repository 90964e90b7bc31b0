import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineLab } from "../fixture/engine-lab.fixture.ts";
import { engineLabs } from "../fixture/engine-labs.fixture.ts";

const lab = engineLabs();
const CRASHED = { active: "failed", sub: "failed", gaveUp: true, problem: "It crashed." };
const TRIED_AGAIN = { active: "activating", sub: "auto-restart", problem: "It crashed." };

/** `a.service` is on m2, because m1 was lost. It still runs on m1, unseen. */
async function cutOff(...others: readonly string[]): Promise<EngineLab> {
  const cluster = await lab("m1", "m2", ...others);
  cluster.start("m9");
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  await cluster.started("a.service", "m1");
  await cluster.die("m1");
  await cluster.untilPlaces("a.service m1 leaving", "a.service m2");
  return cluster;
}

async function comeBack(cluster: EngineLab): Promise<void> {
  await cluster.join("m1");
  await cluster.started("a.service", "m1");
}

test("a replacement that keeps failing after a moment does not end a copy that runs well", async () => {
  const cluster = await cutOff();
  await comeBack(cluster);
  await cluster.started("a.service", "m2");
  await cluster.clock.advance(1_000);
  await cluster.started("a.service", "m2", TRIED_AGAIN);
  await cluster.untilPlaces("a.service m1");
});

test("a replacement that failed everywhere gives way to the copy that returns", async () => {
  const cluster = await cutOff("m3");
  await cluster.started("a.service", "m2", CRASHED);
  await cluster.untilPlaces("a.service m1 leaving", "a.service m3");
  await cluster.started("a.service", "m3", CRASHED);
  await cluster.clock.advance(5_000);
  await comeBack(cluster);
  await cluster.untilPlaces("a.service m1");
  await cluster.clock.advance(60_000);
  assert.deepEqual(cluster.places(), ["a.service m1"]);
});

test("a replacement that runs well ends the copy that returns, at once if the replacement has run for long", async () => {
  const cluster = await cutOff();
  await cluster.started("a.service", "m2");
  await cluster.clock.advance(20_000);
  await comeBack(cluster);
  await cluster.until(() => cluster.places().join() === "a.service m2", 2_100);
});
