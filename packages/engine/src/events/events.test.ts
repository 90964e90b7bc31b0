import assert from "node:assert/strict";
import { test } from "node:test";
import { type RunningEngine, TTL_MS } from "../fixture/engine-lab.fixture.ts";
import { engineLabs } from "../fixture/engine-labs.fixture.ts";

const lab = engineLabs({ massLoss: { share: 0.5, least: 2, windowMs: TTL_MS, holdMs: 60_000 } });

/** The events of these kinds, as "KIND UNIT FROM>MACHINE < CAUSE = FACT", as far as they have these. */
function told(engine: RunningEngine, ...kinds: readonly string[]): string[] {
  return engine.events
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ kind, unit, machine, from, cause, fact }) => {
      const where = from ? `${from}>${machine}` : machine;
      return [kind, unit, where, cause && `< ${cause}`, fact && `= ${fact}`].filter(Boolean).join(" ");
    });
}

test("a leader says that it leads, and which machines it finds", async () => {
  const cluster = await lab("m1", "m2");
  const engine = cluster.start("m2");
  await cluster.until(() => engine.events.length === 3);
  assert.deepEqual(told(engine, "leader", "machine-joined"), [
    "leader m2",
    "machine-joined m1 = joined m1",
    "machine-joined m2 = joined m2",
  ]);
  await engine.stop();
  const next = cluster.start("m1");
  await cluster.until(() => next.leads);
  await cluster.clock.advance(5_000);
  assert.deepEqual(told(next, "leader", "machine-joined"), ["leader m1"]);
});

test("a start, a change and a stop name the write of the unit that caused them", async () => {
  const cluster = await lab("m1");
  const engine = cluster.start("m1");
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  const first = cluster.feed.view.units.get("a.service")?.revision;
  await cluster.submit("a.service", "loaded");
  await cluster.until(() => told(engine, "updated").length === 1);
  const second = cluster.feed.view.units.get("a.service")?.revision;
  await cluster.submit("a.service", "inactive");
  await cluster.untilPlaces();
  const third = cluster.feed.view.units.get("a.service")?.revision;
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  const fourth = cluster.feed.view.units.get("a.service")?.revision;
  await cluster.destroy("a.service");
  await cluster.untilPlaces();
  assert.deepEqual(told(engine, "placed", "updated", "unplaced"), [
    `placed a.service m1 < unit a.service ${first}`,
    `updated a.service m1 < unit a.service ${second}`,
    `unplaced a.service m1 < unit a.service ${third}`,
    `placed a.service m1 < unit a.service ${fourth}`,
    "unplaced a.service m1 < destroyed a.service",
  ]);
  const placed = engine.events.find(({ kind }) => kind === "placed");
  const logged = engine.logged.find(({ message }) => message === "unit placed");
  assert.equal(placed?.sentence, logged?.fields?.["reason"], "the log and the events have the same sentence");
});

test("a move from a lost machine names the loss, and the end of the copy is told", async () => {
  const cluster = await lab("m1", "m2", "m3");
  const engine = cluster.start("m3");
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  await cluster.die("m1");
  await cluster.untilPlaces("a.service m1 leaving", "a.service m2");
  await cluster.join("m1");
  await cluster.started("a.service", "m2");
  await cluster.untilPlaces("a.service m2");
  assert.deepEqual(told(engine, "machine-lost", "machine-returned", "moved", "copy-ended"), [
    "machine-lost m1 = gone m1",
    "moved a.service m1>m2 < gone m1",
    "machine-returned m1 = joined m1",
    "copy-ended a.service m1",
  ]);
});

test("a machine that leaves on purpose is not lost", async () => {
  const cluster = await lab("m1", "m2");
  const engine = cluster.start("m2");
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  await cluster.leaveAtOnce("m1");
  await cluster.until(() => cluster.places().includes("a.service m2"));
  const [left] = engine.events.filter(({ kind }) => kind === "machine-left");
  assert.equal(left?.sentence, "machine m1 left the cluster: its daemon was stopped on purpose");
  assert.deepEqual(told(engine, "machine-lost"), []);
  assert.deepEqual(told(engine, "moved"), ["moved a.service m1>m2 < gone m1"]);
});

test("a unit that no machine can take is told once, and names the machine that it waited for", async () => {
  const cluster = await lab("m1");
  const engine = cluster.start("m1");
  await cluster.submit("a.service", "launched", ["MachineMetadata=zone=b"]);
  await cluster.until(() => told(engine, "unplaceable").length === 1);
  await cluster.clock.advance(10_000);
  await cluster.join("m2", { zone: "b" });
  await cluster.untilPlaces("a.service m2");
  assert.deepEqual(told(engine, "unplaceable", "placed"), ["unplaceable a.service", "placed a.service m2 < joined m2"]);
});

test("failures, recoveries and ends are told once each, and a move names the failure", async () => {
  const cluster = await lab("m1", "m2");
  const engine = cluster.start("m1");
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  await cluster.started("a.service", "m1");
  const restarting = { active: "activating", sub: "auto-restart", problem: "It crashed." };
  await cluster.started("a.service", "m1", restarting);
  await cluster.started("a.service", "m1", { active: "activating", sub: "start" });
  await cluster.started("a.service", "m1", restarting);
  await cluster.started("a.service", "m1", { active: "activating", sub: "start" });
  await cluster.started("a.service", "m1");
  await cluster.gaveUp("a.service", "m1");
  await cluster.untilPlaces("a.service m2");
  await cluster.started("a.service", "m2", { active: "inactive", sub: "dead" });
  await cluster.until(() => told(engine, "finished").length === 1);
  const failed = "failed a.service m1 = failed a.service m1";
  assert.deepEqual(told(engine, "failed", "recovered", "failing", "moved", "finished"), [
    failed,
    failed,
    "recovered a.service m1 < failed a.service m1",
    failed,
    "failing a.service m1 < failed a.service m1",
    "moved a.service m1>m2 < failed a.service m1",
    "finished a.service m2",
  ]);
  assert.equal(
    engine.events.find(({ kind }) => kind === "failed")?.sentence,
    "a.service on machine m1 failed: It crashed.",
  );
});

test("a unit that is stopped by its operator has not finished, and what a new leader finds is no news", async () => {
  const cluster = await lab("m1", "m2");
  const engine = cluster.start("m1");
  await cluster.submit("a.service", "launched");
  await cluster.submit("b.service", "launched");
  await cluster.untilPlaces("a.service m1", "b.service m2");
  await cluster.started("b.service", "m2", { active: "failed", sub: "failed" });
  await cluster.started("a.service", "m1");
  await cluster.submit("a.service", "loaded");
  await cluster.started("a.service", "m1", { active: "inactive", sub: "dead" });
  await cluster.clock.advance(3_000);
  assert.deepEqual(told(engine, "finished", "failed"), ["failed b.service m2 = failed b.service m2"]);
  await engine.stop();
  const next = cluster.start("m2");
  await cluster.until(() => next.leads);
  await cluster.clock.advance(5_000);
  assert.deepEqual(told(next, "finished", "failed", "recovered"), []);
});

test("a hold is told, and that an operator ended it", async () => {
  const cluster = await lab("m1", "m2", "m3");
  const engine = cluster.start("m3");
  await cluster.until(() => told(engine, "machine-joined").length === 3);
  await cluster.lose("m1", "m2");
  await cluster.until(() => told(engine, "hold-begins").length === 1);
  await cluster.releaseHold();
  await cluster.until(() => told(engine, "hold-ends").length === 1);
  assert.deepEqual(told(engine, "hold-ends"), ["hold-ends < hold released"]);
});

test("an assignment that is written again because nobody could read it is told", async () => {
  const cluster = await lab("m1");
  const engine = cluster.start("m1");
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  await cluster.store.txn({ onSuccess: [{ put: "assignment/m1/a.service", value: "{" }] });
  await cluster.until(() => told(engine, "repaired").length === 1);
  assert.deepEqual(told(engine, "repaired"), ["repaired a.service m1"]);
});
