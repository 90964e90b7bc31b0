import assert from "node:assert/strict";
import { test } from "node:test";
import { engineLabs } from "../fixture/engine-labs.fixture.ts";

const lab = engineLabs();

test("an unreadable assignment is written again, and the unit stays where it is", async () => {
  const cluster = await lab("m1", "m2");
  const engine = cluster.start("m1");
  for (const name of ["a.service", "b.service", "c.service"]) await cluster.submit(name, "launched");
  await cluster.until(() => cluster.places().length === 3);
  const before = cluster.places();
  const assignments = [...cluster.feed.view.assignmentsOn].flatMap(([id, units]) =>
    [...units.values()].map((one) => ({ key: `assignment/${id}/${one.unit}`, since: one.since })),
  );
  await cluster.store.txn({ onSuccess: assignments.map(({ key }) => ({ put: key, value: "{" })) });
  const repaired = (): number =>
    engine.logged.filter(({ message }) => message === "unreadable assignment written again").length;
  await cluster.until(() => repaired() === 3 && cluster.places().length === 3);
  assert.deepEqual(cluster.places(), before);
  const { entries } = await cluster.store.range({ prefix: "assignment/" });
  assert.deepEqual(
    entries.map(({ key, createRevision }) => ({ key, since: createRevision })),
    assignments.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
  );
});

test("an unreadable assignment of a destroyed unit is deleted", async () => {
  const cluster = await lab("m1");
  cluster.start("m1");
  await cluster.store.txn({ onSuccess: [{ put: "assignment/m1/gone.service", value: "{" }] });
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  await cluster.until(() => [...cluster.feed.view.brokenAssignments].length === 0);
  assert.equal((await cluster.store.range({ prefix: "assignment/" })).count, 1);
});
