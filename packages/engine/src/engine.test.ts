import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreUnavailableError } from "@flotilla/store";
import { TTL_MS, txnsOf } from "./engine-lab.fixture.ts";
import { engineLabs } from "./engine-labs.fixture.ts";

const lab = engineLabs();

test("a unit that is to run is placed, and taken off when it is not", async () => {
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

test("a new file and desired state are told in place", async () => {
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

test("off a lost machine: placed elsewhere, the copy left until the unit is up there", async () => {
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
  assert.deepEqual(cluster.places(), ["a.service m1 leaving", "a.service m2"], "what fails has run for a moment, too");
  await cluster.until(() => cluster.places().join() === "a.service m2", 3_100);
});

test("a global unit keeps its place on a machine that is away, until the machine counts as gone for good", async () => {
  const cluster = await lab("m1", "m2");
  cluster.start("m2");
  await cluster.submit("g.service", "launched", ["Global=true"]);
  await cluster.untilPlaces("g.service m1", "g.service m2");
  // It was not the unit's start that took the machine down.
  await cluster.clock.advance(20_000);
  await cluster.die("m1");
  await cluster.clock.advance(3_500_000);
  assert.deepEqual(cluster.places(), ["g.service m1", "g.service m2"]);
  await cluster.until(() => cluster.places().join() === "g.service m2", 300_000);
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

test("the state of a unit without a copy elsewhere decides nothing", async () => {
  const cluster = await lab("m1");
  const engine = cluster.start("m1");
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  engine.calls.length = 0;
  await cluster.started("a.service", "m1");
  await cluster.clock.advance(100);
  assert.equal(txnsOf(engine).length, 0);
});

test("what comes in while a write is under way is gathered into the next one", async () => {
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

test("a decision that no longer holds makes the next batches smaller, and all is written in the end", async () => {
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
  // A value that the engine cannot read: the unit looks destroyed, and is not.
  await cluster.store.txn({ onSuccess: [{ put: "unit/a.service", value: "broken" }] });
  await cluster.submit("b.service", "launched");
  await cluster.untilPlaces("a.service m1", "b.service m1");
  engine.calls.length = 0;
  await cluster.clock.advance(10_000);
  assert.ok(txnsOf(engine).length <= 6, `tried ${txnsOf(engine).length} times in five intervals`);
});

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

test("a stale leader's write is refused, and it steps down", async () => {
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
  test(`the only engine takes its seat again after ${JSON.stringify(op)} by another hand, with nothing to write`, async () => {
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

test("the store away and back: placing goes on, also after a write whose answer was lost", async () => {
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

test("no file is deleted while there is a unit of which it is not known what it names", async () => {
  const cluster = await lab("m1");
  const engine = cluster.start("m1");
  await cluster.submit("a.service", "inactive");
  await cluster.until(() => engine.leads);
  await cluster.store.txn({ onSuccess: [{ put: "unit/a.service", value: "broken" }] });
  await cluster.clock.advance(120_000);
  assert.equal(cluster.feed.view.files.size, 1);
});

test("the file of a unit that cannot be read for what is in its file stays, and others are deleted", async () => {
  const cluster = await lab("m1");
  const engine = cluster.start("m1");
  await cluster.until(() => engine.leads);
  const beyond = Array.from({ length: 33 }, (_, index) => `MachineOf=u${index}.service`);
  await cluster.submit("a.service", "inactive", beyond);
  await cluster.submit("b.service", "inactive", [], "1");
  await cluster.until(() => cluster.feed.view.unreadable.has("a.service") && cluster.feed.view.files.size === 2);
  await cluster.destroy("b.service");
  await cluster.until(() => cluster.feed.view.files.size === 1, 120_000);
  const [digest] = cluster.feed.view.digestsOfUnreadable.values();
  assert.deepEqual([...cluster.feed.view.files.keys()], [digest]);
});

test("unit files that nothing names are deleted, some time later and only after changes", async () => {
  const cluster = await lab("m1");
  const engine = cluster.start("m1");
  await cluster.submit("a.service", "launched");
  await cluster.submit("b.service", "inactive", [], "1");
  await cluster.until(() => engine.leads);
  await cluster.destroy("b.service");
  await cluster.clock.advance(30_000);
  assert.equal(cluster.feed.view.files.size, 2);
  await cluster.until(() => cluster.feed.view.files.size === 1, 60_000);
  engine.calls.length = 0;
  await cluster.clock.advance(120_000);
  assert.equal(engine.calls.filter(({ type }) => type === "range" || type === "txn").length, 0);
});

test("files that nothing names are deleted soon when they are many megabytes", async () => {
  const cluster = await lab("m1");
  const engine = cluster.start("m1");
  await cluster.until(() => engine.leads);
  for (let count = 0; count < 40; count++)
    await cluster.submit("a.service", "inactive", [], ` # ${count}${"x".repeat(500_000)}`);
  await cluster.until(() => cluster.feed.view.files.characters < 10_000_000, 10_000);
});

test("an assignment that nobody can read is written again, and the unit stays where it is", async () => {
  const cluster = await lab("m1", "m2");
  const engine = cluster.start("m1");
  for (const name of ["a.service", "b.service", "c.service"]) await cluster.submit(name, "launched");
  await cluster.until(() => cluster.places().length === 3);
  const before = cluster.places();
  const assignments = [...cluster.feed.view.assignmentsOn].flatMap(([id, units]) =>
    [...units.values()].map((one) => ({ key: `assignment/${id}/${one.unit}`, since: one.since })),
  );
  await cluster.store.txn({ onSuccess: assignments.map(({ key }) => ({ put: key, value: "{" })) });
  const repaired = (): number => engine.logged.filter(({ message }) => message.includes("writing it again")).length;
  await cluster.until(() => repaired() === 3 && cluster.places().length === 3);
  assert.deepEqual(cluster.places(), before);
  const { entries } = await cluster.store.range({ prefix: "assignment/" });
  assert.deepEqual(
    entries.map(({ key, createRevision }) => ({ key, since: createRevision })),
    assignments.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
  );
});

test("of a unit that is destroyed, an assignment that nobody can read goes", async () => {
  const cluster = await lab("m1");
  cluster.start("m1");
  await cluster.store.txn({ onSuccess: [{ put: "assignment/m1/gone.service", value: "{" }] });
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  await cluster.until(() => [...cluster.feed.view.brokenAssignments].length === 0);
  assert.equal((await cluster.store.range({ prefix: "assignment/" })).count, 1);
});

test("a unit whose record nobody can read stays where it is until it is written again or destroyed", async () => {
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
