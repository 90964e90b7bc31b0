import assert from "node:assert/strict";
import { test } from "node:test";
import { MembershipRegistry } from "@flotilla/registry";
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

for (const state of ["present", "away"])
  test(`a removed machine that is ${state} loses its global units at once, and gets them again when it rejoins`, async () => {
    const cluster = await lab("m1", "m2");
    const memberships = new MembershipRegistry(cluster.store);
    const join = () => cluster.store.txn({ onSuccess: [{ put: "member/m1", value: '{"generation":"1"}' }] });
    const engine = cluster.start("m2");
    await join();
    await cluster.submit("g.service", "launched", ["Global=true"]);
    await cluster.untilPlaces("g.service m1", "g.service m2");
    await cluster.clock.advance(20_000);
    if (state === "away") await cluster.die("m1");
    await cluster.clock.advance(20_000);
    assert.deepEqual(cluster.places(), ["g.service m1", "g.service m2"]);
    assert.equal(await memberships.remove("m1"), "removed");
    await cluster.until(() => cluster.places().join() === "g.service m2", 1_000);
    const removed = engine.logged.find(({ message }) => message === "unit taken off a machine");
    assert.match(String(removed?.fields?.["reason"]), /^g\.service leaves machine m1: the machine was removed/);
    await join();
    await cluster.join("m1");
    await cluster.untilPlaces("g.service m1", "g.service m2");
  });
