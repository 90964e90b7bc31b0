import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreUnavailableError } from "@flotilla/store";
import { TTL_MS, txnsOf } from "../fixture/engine-lab.fixture.ts";
import { engineLabs } from "../fixture/engine-labs.fixture.ts";

const lab = engineLabs();

test("only the leader holds a feed", async () => {
  const cluster = await lab("m1", "m2");
  const [one, two] = [cluster.start("m1"), cluster.start("m2")];
  await cluster.until(() => one.leads || two.leads);
  await cluster.clock.advance(1_000);
  assert.equal(one.claims + two.claims, 1);
  const leader = one.leads ? one : two;
  await leader.stop();
  assert.equal(leader.claims, 0);
});

test("a leader that stops hands over at once", async () => {
  const cluster = await lab("m1", "m2");
  const one = cluster.start("m1");
  await cluster.until(() => one.leads);
  const two = cluster.start("m2");
  await cluster.clock.advance(500);
  assert.ok(!two.leads);
  await one.stop();
  const from = cluster.clock.monotonic();
  await cluster.until(() => two.leads);
  assert.ok(cluster.clock.monotonic() - from <= 200);
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
});

test("a leader that is cut off stops deciding before another can lead", async () => {
  const cluster = await lab("m1", "m2");
  const one = cluster.start("m1");
  await cluster.until(() => one.leads);
  const two = cluster.start("m2");
  await cluster.clock.advance(500);
  one.faults = { before: () => Promise.reject(new StoreUnavailableError("cut off")) };
  await cluster.until(() => {
    assert.ok(!(one.leads && two.leads), "two leaders at one time");
    return two.leads;
  }, 3 * TTL_MS);
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
});

test("a write of an earlier leader fails, and that leader steps down", async () => {
  const cluster = await lab("m1", "m2");
  const one = cluster.start("m1");
  await cluster.until(() => one.leads);
  const two = cluster.start("m2");
  await cluster.clock.advance(500);
  // A stalled write of the first, sent again after its seat has gone to the second.
  let held = true;
  one.faults = {
    before: async (call, signal) => {
      while (held && call.type === "txn") await cluster.clock.sleep(10, signal);
    },
  };
  await cluster.submit("a.service", "launched");
  await cluster.until(() => txnsOf(one).length > 1);
  await cluster.store.txn({ onSuccess: [{ delete: "engine/leader" }] });
  await cluster.until(() => two.leads && cluster.places().length === 1);
  const revision = cluster.feed.view.assignments.get("a.service")?.get("m1")?.revision;
  held = false;
  await cluster.until(() => !one.leads);
  assert.equal(cluster.feed.view.assignments.get("a.service")?.get("m1")?.revision, revision);
  assert.ok(two.leads);
});

for (const op of [{ delete: "engine/leader" }, { put: "engine/leader", value: "garbage" }]) {
  test(`the only engine takes its seat again after ${JSON.stringify(op)} from outside, even with nothing to write`, async () => {
    const cluster = await lab("m1");
    const engine = cluster.start("m9");
    await cluster.until(() => engine.leads);
    for (let times = 0; times < 2; times += 1) {
      await cluster.store.txn({ onSuccess: [op] });
      await cluster.until(() => cluster.feed.view.leader === undefined);
      await cluster.until(() => engine.leads && cluster.feed.view.leader === "m9", 2_000);
    }
    await cluster.submit("a.service", "launched");
    await cluster.untilPlaces("a.service m1");
  });
}
