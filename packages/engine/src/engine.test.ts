import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreUnavailableError } from "@flotilla/store";
import { TTL_MS, txnsOf } from "./fixture/engine-lab.fixture.ts";
import { engineLabs } from "./fixture/engine-labs.fixture.ts";

const lab = engineLabs();

test("a launched unit is placed, and removed when it is stopped or destroyed", async () => {
  const cluster = await lab("m1", "m2");
  const engine = cluster.start("m1");
  await cluster.submit("a.service", "launched");
  await cluster.submit("b.service", "loaded");
  await cluster.untilPlaces("a.service m1", "b.service m2");
  assert.deepEqual(cluster.feed.view.assignments.get("b.service")?.get("m2")?.desired, "loaded");
  assert.ok(
    engine.logged.some(
      ({ message, fields }) => message === "unit placed" && fields?.unit === "a.service" && fields.machine === "m1",
    ),
  );
  await cluster.submit("a.service", "inactive");
  await cluster.destroy("b.service");
  await cluster.untilPlaces();
});

test("a new file and desired state are written to the same assignment", async () => {
  const cluster = await lab("m1");
  cluster.start("m1");
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  const before = cluster.feed.view.assignments.get("a.service")?.get("m1");
  await cluster.submit("a.service", "loaded", [], "0");
  const now = () => cluster.feed.view.assignments.get("a.service")?.get("m1");
  await cluster.until(() => now()?.desired === "loaded");
  assert.equal(now()?.since, before?.since);
  assert.notEqual(now()?.digest, before?.digest);
});

test("a unit moves when its machine's metadata changes", async () => {
  const cluster = await lab();
  await cluster.join("m1", { zone: "a" });
  await cluster.join("m2", { zone: "b" });
  const engine = cluster.start("m2");
  await cluster.submit("a.service", "launched", ["MachineMetadata=zone=a"]);
  await cluster.untilPlaces("a.service m1");
  await cluster.join("m1", { zone: "b" });
  await cluster.untilPlaces();
  assert.match(String(engine.logged.at(-1)?.fields?.reason), /metadata zone=a is missing/);
  await cluster.join("m2", { zone: "a" });
  await cluster.untilPlaces("a.service m2");
});

test("a unit of a lost machine is placed elsewhere, and its old copy stays until the unit is up there", async () => {
  const cluster = await lab("m1", "m2");
  cluster.start("m2");
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  await cluster.die("m1");
  await cluster.untilPlaces("a.service m1 leaving", "a.service m2");
  await cluster.join("m1");
  await cluster.clock.advance(5_000);
  assert.deepEqual(cluster.places(), ["a.service m1 leaving", "a.service m2"]);
  await cluster.started("a.service", "m2");
  await cluster.clock.advance(9_000);
  assert.deepEqual(
    cluster.places(),
    ["a.service m1 leaving", "a.service m2"],
    "a state before a failure does not count",
  );
  await cluster.until(() => cluster.places().join() === "a.service m2", 3_100);
});

test("127 units on three machines take two transactions", async () => {
  const cluster = await lab("m1", "m2", "m3");
  for (let index = 0; index < 127; index++) await cluster.submit(`u${index}.service`, "launched");
  const engine = cluster.start("m1");
  await cluster.until(() => cluster.feed.view.assignments.size === 127);
  const writes = txnsOf(engine).filter(({ txn }) =>
    txn.onSuccess.some((op) => "put" in op && op.put.startsWith("assignment/")),
  );
  assert.deepEqual(
    writes.map(({ txn }) => [txn.compare?.length, txn.onSuccess.length]),
    [
      [128, 124],
      [7, 3],
    ],
  );
});

test("one unit placed costs one transaction and no read", async () => {
  const cluster = await lab("m1");
  const engine = cluster.start("m1");
  await cluster.until(() => engine.leads);
  await cluster.clock.advance(1_000);
  engine.calls.length = 0;
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  await cluster.clock.advance(500);
  assert.deepEqual(
    engine.calls.map(({ type }) => type).filter((type) => type !== "watch"),
    ["txn"],
  );
});

test("with nothing to do, nothing is written or read", async () => {
  const cluster = await lab("m1", "m2");
  const engine = cluster.start("m1");
  await cluster.submit("a.service", "launched");
  await cluster.submit("b.service", "launched", ["MachineMetadata=zone=nowhere"]);
  await cluster.untilPlaces("a.service m1");
  await cluster.clock.advance(1_000);
  engine.calls.length = 0;
  await cluster.clock.advance(4 * TTL_MS);
  assert.deepEqual(new Set(engine.calls.map(({ type }) => type)), new Set(["renew"]));
  assert.equal(engine.logged.filter(({ message }) => message === "a unit cannot be placed").length, 1);
});

test("the state of a unit without a leaving copy causes no write", async () => {
  const cluster = await lab("m1");
  const engine = cluster.start("m1");
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  engine.calls.length = 0;
  await cluster.started("a.service", "m1");
  await cluster.clock.advance(100);
  assert.equal(txnsOf(engine).length, 0);
});

test("changes during a write are gathered into the next write", async () => {
  const cluster = await lab("m1");
  const engine = cluster.start("m1");
  await cluster.until(() => engine.leads);
  await cluster.clock.advance(1_000);
  engine.calls.length = 0;
  engine.faults = {
    before: (call, signal) => (call.type === "txn" ? cluster.clock.sleep(1_000, signal) : Promise.resolve()),
  };
  await cluster.submit("a.service", "launched");
  await cluster.until(() => txnsOf(engine).length === 1);
  for (const name of ["b", "c", "d"]) await cluster.submit(`${name}.service`, "launched");
  await cluster.until(() => cluster.feed.view.assignments.size === 4);
  assert.deepEqual(
    txnsOf(engine).map(({ txn }) => txn.onSuccess.length),
    [1, 3],
  );
});

test("an outdated decision makes the next batches smaller, and in the end all decisions are written", async () => {
  const cluster = await lab("m1", "m2");
  for (let index = 0; index < 8; index++) await cluster.submit(`u${index}.service`, "launched");
  const engine = cluster.start("m1");
  let changes = 0;
  engine.faults = {
    before: async (call) => {
      const writes = call.type === "txn" && call.txn.onSuccess.length > 1;
      if (writes && changes++ < 2) await cluster.submit("u0.service", "launched", [], String(changes));
    },
  };
  await cluster.until(() => cluster.feed.view.assignments.size === 8);
  assert.deepEqual(
    txnsOf(engine).map(({ txn }) => txn.onSuccess.length),
    [1, 8, 4, 2, 4, 2],
  );
});

test("a decision that can never be written does not hold up the others", async () => {
  const cluster = await lab("m1");
  const engine = cluster.start("m1");
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  // The engine cannot read this value, so the unit looks destroyed although it exists.
  await cluster.store.txn({ onSuccess: [{ put: "unit/a.service", value: "broken" }] });
  await cluster.submit("b.service", "launched");
  await cluster.untilPlaces("a.service m1", "b.service m1");
  engine.calls.length = 0;
  await cluster.clock.advance(10_000);
  assert.ok(txnsOf(engine).length <= 6, `tried ${txnsOf(engine).length} times in five intervals`);
});

test("placing continues after an outage of the store, and after a write whose answer was lost", async () => {
  const cluster = await lab("m1", "m2");
  const engine = cluster.start("m1");
  await cluster.until(() => engine.leads);
  await cluster.clock.advance(500);
  let lost = 0;
  engine.faults = {
    after: async (call) => {
      if (call.type === "txn" && lost++ === 0) throw new StoreUnavailableError("the answer was lost");
    },
  };
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  const since = cluster.feed.view.assignments.get("a.service")?.get("m1")?.revision;
  engine.faults = { before: () => Promise.reject(new StoreUnavailableError("away")) };
  await cluster.submit("b.service", "launched");
  await cluster.clock.advance(2_000);
  engine.faults = {};
  await cluster.untilPlaces("a.service m1", "b.service m2");
  assert.equal(cluster.feed.view.assignments.get("a.service")?.get("m1")?.revision, since);
});

test("a unit with an unreadable record stays where it is until the record is written again or deleted", async () => {
  const cluster = await lab("m1");
  const engine = cluster.start("m1");
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  await cluster.store.txn({ onSuccess: [{ put: "unit/a.service", value: "{" }] });
  await cluster.clock.advance(20_000);
  assert.deepEqual(cluster.places(), ["a.service m1"]);
  assert.ok(engine.leads);
  await cluster.store.txn({ onSuccess: [{ delete: "unit/a.service" }] });
  await cluster.untilPlaces();
});

test("after an internal error the leader starts over from the store", async () => {
  const cluster = await lab("m1");
  const engine = cluster.start("m1");
  await cluster.submit("z.service", "launched", ["MachineID=nowhere"]);
  const refusals = (): number => engine.logged.filter(({ message }) => message === "a unit cannot be placed").length;
  await cluster.until(() => refusals() === 1);
  let isBroken = true;
  engine.faults = {
    before: async ({ type }) => {
      if (!isBroken || type !== "txn") return;
      isBroken = false;
      throw new TypeError("x is undefined");
    },
  };
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  assert.ok(engine.leads && !isBroken);
  assert.equal(refusals(), 2, "the new controllers know nothing of the first refusal");
});
