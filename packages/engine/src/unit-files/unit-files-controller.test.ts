import assert from "node:assert/strict";
import { test } from "node:test";
import { AssignmentRegistry } from "@flotilla/registry";
import { liveFeed } from "../fixture/live-feed.fixture.ts";
import { engineLabs } from "../fixture/engine-labs.fixture.ts";
import { UnitFilesController } from "./unit-files-controller.ts";

const lab = engineLabs();

test("no file is deleted while an unreadable unit may name it", async () => {
  const cluster = await lab("m1");
  const engine = cluster.start("m1");
  await cluster.submit("a.service", "inactive");
  await cluster.until(() => engine.leads);
  await cluster.store.txn({ onSuccess: [{ put: "unit/a.service", value: "broken" }] });
  await cluster.clock.advance(120_000);
  assert.equal(cluster.feed.view.files.size, 1);
});

test("the file of a unit that exceeds the limits stays, and unused files are deleted", async () => {
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

test("unused unit files are deleted after a minute, and only after changes", async () => {
  const cluster = await lab("m1");
  const engine = cluster.start("m1");
  await cluster.submit("a.service", "launched");
  await cluster.submit("b.service", "inactive", [], "1");
  await cluster.until(() => engine.leads);
  await cluster.destroy("b.service");
  await cluster.clock.advance(30_000);
  assert.equal(cluster.feed.view.files.size, 2);
  await cluster.until(() => cluster.feed.view.files.size === 1, 60_000);
  const deleted = engine.logged.filter(({ message }) => message === "unit file deleted");
  assert.equal(deleted.length, 1);
  assert.match(String(deleted[0]?.fields?.["reason"]), /no unit and no assignment names it/);
  engine.calls.length = 0;
  await cluster.clock.advance(120_000);
  assert.equal(engine.calls.filter(({ type }) => type === "range" || type === "txn").length, 0);
});

test("unused files of many megabytes are deleted soon", async () => {
  const cluster = await lab("m1");
  const engine = cluster.start("m1");
  await cluster.until(() => engine.leads);
  for (let count = 0; count < 40; count++)
    await cluster.submit("a.service", "inactive", [], ` # ${count}${"x".repeat(500_000)}`);
  await cluster.until(() => cluster.feed.view.files.characters < 10_000_000, 10_000);
});

test("where the live view is always ahead of the snapshot, due files get an extra pass", async (t) => {
  const { clock, store, feed, signal } = liveFeed(t);
  const view = await feed.fresh(signal);
  const controller = new UnitFilesController(new AssignmentRegistry(store), clock);
  const dueAt = (monotonic: number, isLive: boolean): number | undefined => {
    const live = isLive ? view : undefined;
    controller.steps({ snapshot: view, live, now: { monotonic, wall: 0 } }).next();
    return controller.dueAt;
  };
  assert.equal(dueAt(59_000, false), undefined);
  assert.equal(dueAt(60_000, false), 61_000);
  assert.equal(dueAt(61_000, true), undefined, "the files are looked at");
  assert.equal(dueAt(200_000, false), undefined, "nothing has changed since");
});
