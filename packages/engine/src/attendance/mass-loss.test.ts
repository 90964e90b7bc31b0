import assert from "node:assert/strict";
import { test } from "node:test";
import { AttendanceRegistry } from "@flotilla/registry";
import { type EngineLab, type RunningEngine, TTL_MS, txnsOf } from "../fixture/engine-lab.fixture.ts";
import { engineLabs } from "../fixture/engine-labs.fixture.ts";

const HOLD_MS = 60_000;
const machines = ["m1", "m2", "m3", "m4", "m5"];
const home = ["u1.service m1", "u2.service m2", "u3.service m3", "u4.service m4", "u5.service m5"];

const newLab = engineLabs({ massLoss: { share: 0.5, least: 3, windowMs: TTL_MS, holdMs: HOLD_MS } });

/** Five machines whose heartbeats are spread in time, with a unit each. */
async function lab(): Promise<{ cluster: EngineLab; engine: RunningEngine }> {
  const cluster = await newLab();
  for (const id of machines) {
    await cluster.join(id);
    await cluster.clock.advance(600);
  }
  const engine = cluster.start("m5");
  for (const id of machines) await cluster.submit(`u${id.slice(1)}.service`, "launched");
  await cluster.untilPlaces(...home);
  return { cluster, engine };
}

const hold = (cluster: EngineLab) => cluster.feed.view.attendance.hold;

test("when more than half of the machines vanish, none of their units moves, and everything else continues", async () => {
  const { cluster, engine } = await lab();
  await cluster.lose("m1", "m2", "m3");
  await cluster.clock.advance(5_000);
  assert.deepEqual(cluster.places(), home);
  assert.deepEqual(hold(cluster)?.machines, ["m1", "m2", "m3"]);
  assert.equal(hold(cluster)?.of, 5);
  assert.ok(engine.logged.some(({ fields }) => fields?.["reason"] === "3 of 5 machines vanished together"));
  await cluster.submit("new.service", "launched");
  await cluster.until(() => cluster.places().includes("new.service m4"));
  await cluster.clock.advance(TTL_MS);
  const writes = txnsOf(engine).length;
  await cluster.clock.advance(20_000);
  assert.equal(txnsOf(engine).length, writes, "the losses leave the attendance, and nothing else is written");
});

test("the units of two of five machines move at once", async () => {
  const { cluster } = await lab();
  await cluster.lose("m1", "m2");
  await cluster.until(() => ["u1", "u2"].every((unit) => isOnOne(cluster, unit, ["m3", "m4", "m5"])), 1_000);
  assert.equal(hold(cluster), undefined);
});

test("an attendance that is changed from outside is written again at once", async () => {
  const { cluster } = await lab();
  await cluster.store.txn({ onSuccess: [{ delete: "roll/m1" }, { put: "roll/m2", value: "garbage" }] });
  await cluster.clock.advance(1_000);
  const { entries } = await cluster.store.range({ prefix: "roll/" });
  const present = JSON.stringify({ is: "present", held: false });
  assert.deepEqual(
    entries.map(({ key, value }) => [key, value]),
    machines.map((id) => [`roll/${id}`, present]),
  );
});

function isOnOne(cluster: EngineLab, unit: string, ids: readonly string[]): boolean {
  return ids.some((id) => cluster.places().includes(`${unit}.service ${id}`));
}

test("a hold ends when enough machines are back: only the units of the others move", async () => {
  const { cluster } = await lab();
  await cluster.lose("m1", "m2", "m3");
  await cluster.join("m1");
  await cluster.until(() => hold(cluster) === undefined, 1_000);
  await cluster.until(() => cluster.places().includes("u3.service m3 leaving"), 1_000);
  assert.ok(cluster.places().includes("u1.service m1"));
  assert.ok(cluster.places().includes("u2.service m2 leaving"));
});

test("a hold that an operator ends does not begin again", async () => {
  const { cluster } = await lab();
  await cluster.lose("m1", "m2", "m3");
  await cluster.until(() => hold(cluster) !== undefined);
  await new AttendanceRegistry(cluster.store).release(hold(cluster)?.since ?? 0);
  await cluster.until(() => cluster.places().filter((place) => place.endsWith("leaving")).length === 3, 1_000);
  await cluster.clock.advance(20_000);
  assert.equal(hold(cluster), undefined);
});

test("a hold ends by time", async () => {
  const { cluster } = await lab();
  await cluster.lose("m1", "m2", "m3");
  await cluster.clock.advance(HOLD_MS - 10_000);
  assert.deepEqual(cluster.places(), home);
  await cluster.until(() => hold(cluster) === undefined, 20_000);
  await cluster.until(() => cluster.places().filter((place) => place.endsWith("leaving")).length === 3, 1_000);
});

test("a new leader continues the hold", async () => {
  const { cluster, engine } = await lab();
  await cluster.lose("m1", "m2", "m3");
  await cluster.until(() => hold(cluster) !== undefined);
  const next = cluster.start("m4");
  await engine.stop();
  await cluster.until(() => next.leads);
  await cluster.clock.advance(5_000);
  assert.deepEqual(cluster.places(), home);
});

test("a leader elected after a mass loss sees the loss, although the old leader is part of it", async () => {
  const { cluster, engine } = await lab();
  await engine.stop();
  await cluster.lose("m1", "m2", "m5");
  const next = cluster.start("m4");
  await cluster.until(() => next.leads);
  await cluster.until(() => hold(cluster) !== undefined);
  await cluster.clock.advance(5_000);
  assert.deepEqual(cluster.places(), home);
});

test("machines that leave on purpose cause no hold", async () => {
  const { cluster } = await lab();
  for (const id of ["m1", "m2", "m3"]) await cluster.leave(id);
  await cluster.until(() => cluster.places().filter((place) => place.endsWith("leaving")).length === 3, 1_000);
  assert.equal(hold(cluster), undefined);
});

test("a leader that has just regained the store gives absent machines time to return", async () => {
  const { cluster, engine } = await lab();
  await engine.stop();
  await cluster.lose("m1", "m2");
  const repaired = cluster.clock.monotonic();
  const next = cluster.start("m4", () => repaired);
  await cluster.until(() => next.leads);
  await cluster.until(() => cluster.feed.view.attendance.awaited?.join() === "m1,m2");
  assert.equal(next.logged.filter(({ message }) => /the store was out of reach/.test(message)).length, 1);
  await cluster.join("m1");
  await cluster.clock.advance(TTL_MS - 2_000);
  assert.deepEqual(cluster.places(), home);
  await cluster.until(() => cluster.places().includes("u2.service m2 leaving"), 5_000);
  assert.ok(cluster.places().includes("u1.service m1"));
  assert.equal(cluster.feed.view.attendance.awaited, undefined);
});

test("an unchanged attendance is not written again", async () => {
  const { cluster, engine } = await lab();
  const writes = txnsOf(engine).length;
  await cluster.clock.advance(30_000);
  assert.equal(txnsOf(engine).length, writes);
});
