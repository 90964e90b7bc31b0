import assert from "node:assert/strict";
import { test } from "node:test";
import { MembershipRegistry } from "@flotilla/registry";
import type { EngineLab } from "../fixture/engine-lab.fixture.ts";
import { engineLabs } from "../fixture/engine-labs.fixture.ts";

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

test("an exclusive unit moves off a lost machine once the machine's guard must have stopped the unit", async () => {
  const cluster = await lab("m1", "m2");
  await cluster.die("m1");
  await cluster.clock.advance(EXCLUSIVE_MS - 1_000);
  assert.deepEqual(cluster.places(), ["a.service m1"]);
  await cluster.clock.advance(4_000);
  assert.deepEqual(cluster.places(), ["a.service m2"]);
});

test("a machine that returns in time keeps its exclusive unit, and the next loss starts from zero", async () => {
  const cluster = await lab("m1", "m2");
  await cluster.die("m1");
  await cluster.clock.advance(EXCLUSIVE_MS - 5_000);
  await cluster.join("m1");
  await cluster.clock.advance(5_000);
  await cluster.die("m1");
  await cluster.clock.advance(EXCLUSIVE_MS - 5_000);
  assert.deepEqual(cluster.places(), ["a.service m1"]);
});

const goings: readonly (readonly [what: string, go: (cluster: EngineLab) => Promise<unknown>])[] = [
  ["leaves on purpose", (cluster) => cluster.leave("m1")],
  ["is removed", ({ store }) => new MembershipRegistry(store).remove("m1")],
];
for (const [what, go] of goings)
  test(`a machine that ${what} counts as silent once its lease has ended`, async () => {
    const cluster = await lab("m1", "m2");
    await cluster.store.txn({ onSuccess: [{ put: "member/m1", value: '{"generation":"1"}' }] });
    await go(cluster);
    await cluster.clock.advance(2 * EXCLUSIVE_MS);
    assert.ok(!cluster.feed.view.machines.has("m1"));
    assert.deepEqual(cluster.places(), ["a.service m1"]);
    await cluster.die("m1");
    await cluster.clock.advance(EXCLUSIVE_MS + 20_000);
    assert.deepEqual(cluster.places(), ["a.service m2"]);
  });

test("a new leader starts from zero", async () => {
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
