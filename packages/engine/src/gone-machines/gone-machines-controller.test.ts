import assert from "node:assert/strict";
import { test } from "node:test";
import { engineLabs } from "../fixture/engine-labs.fixture.ts";

const lab = engineLabs();

test("a global unit keeps its assignment on an absent machine until the machine counts as gone for good", async () => {
  const cluster = await lab("m1", "m2");
  const engine = cluster.start("m2");
  await cluster.submit("g.service", "launched", ["Global=true"]);
  await cluster.untilPlaces("g.service m1", "g.service m2");
  // It was not the unit's start that took the machine down.
  await cluster.clock.advance(20_000);
  await cluster.die("m1");
  await cluster.clock.advance(3_500_000);
  assert.deepEqual(cluster.places(), ["g.service m1", "g.service m2"]);
  await cluster.until(() => cluster.places().join() === "g.service m2", 300_000);
  const removed = engine.logged.find(({ message }) => message === "unit taken off a machine");
  assert.match(String(removed?.fields?.["reason"]), /^g\.service leaves machine m1: .*absent for 1 h$/);
  assert.ok(engine.decided.includes("written unplace g.service"));
});
