import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { MachineRegistry, UnitRegistry } from "@flotilla/registry";
import { silentLogger } from "@flotilla/runtime";
import { NO_TIME } from "@flotilla/schedule";
import { DecisionLog } from "./decision-log.ts";
import { KeptPlan } from "./kept-plan.ts";
import { liveFeed, machineRecord } from "./live-feed.fixture.ts";

const FILE = "[Service]\nExecStart=/bin/true\n";

/** A plan over a cluster with one machine and `a.service`, which has been decided upon once. */
async function planned(t: TestContext) {
  const { clock, store, feed, signal } = liveFeed(t);
  const differences: string[] = [];
  const onDisagreement = (difference: string): void => void differences.push(difference);
  const plan = new KeptPlan({ interval: 2_000, clock, log: silentLogger, onDisagreement });
  await new MachineRegistry(store).register(machineRecord("m1"), await store.grant(10_000));
  const units = new UnitRegistry(store);
  const launch = async (name: string): Promise<void> => {
    await units.edit(name, () => ({ action: "write", text: FILE, desired: "launched" }));
    await feed.fresh(signal);
  };
  await launch("a.service");
  const decided = async (): Promise<string[]> =>
    (await plan.decide(feed.view, NO_TIME, signal)).toWrite.map(({ kind, unit }) => `${kind} ${unit}`);
  assert.deepEqual(await decided(), ["place a.service"]);
  return { clock, feed, plan, signal, store, launch, decided, differences };
}

test("what is told is decided upon, and a look at all agrees", async (t) => {
  const { clock, feed, plan, launch, decided, differences } = await planned(t);
  feed.onChange((changes) => plan.note(changes));
  await launch("b.service");
  assert.deepEqual(await decided(), ["place a.service", "place b.service"]);
  await clock.advance(2_000);
  assert.deepEqual(await decided(), ["place a.service", "place b.service"]);
  assert.deepEqual(differences, []);
});

test("what is not told is found by the next look at all, and said to be a fault", async (t) => {
  const { clock, launch, decided, differences } = await planned(t);
  await launch("b.service");
  assert.deepEqual(await decided(), ["place a.service"]);
  await clock.advance(2_000);
  assert.deepEqual(await decided(), ["place a.service", "place b.service"]);
  assert.equal(differences.length, 1);
  assert.match(differences[0] ?? "", /^not decided: b\.service goes to machine m1/);
});

/** Comparing them takes many steps. */
const LADEN = `${FILE}[X-Fleet]\n${Array.from({ length: 32 }, (_, index) => `Conflicts=*x${index}y*`).join("\n")}\n`;

test("what changes while a decision is under way is no part of it, and is decided next", async (t) => {
  const { feed, plan, signal, store, launch, decided, differences, clock } = await planned(t);
  feed.onChange((changes) => plan.note(changes));
  const units = new UnitRegistry(store);
  const names = Array.from({ length: 200 }, (_, index) => `laden-${index}.service`);
  for (const name of names) await units.edit(name, () => ({ action: "write", text: LADEN, desired: "launched" }));
  await feed.fresh(signal);
  // So far nothing took long here.
  const under = plan.decide(feed.view, NO_TIME, signal);
  await launch("z.service");
  assert.ok(!(await under).toWrite.some(({ unit }) => unit === "z.service"), "the view has gone on meanwhile");
  assert.ok((await decided()).includes("place z.service"));
  await clock.advance(2_000);
  await decided();
  assert.deepEqual(differences, []);
});

test("what changes between a decision and the look at all beside it is no difference between them", async (t) => {
  const { feed, plan, signal, decided, differences, clock } = await planned(t);
  await clock.advance(2_000);
  const under = plan.decide(feed.view, NO_TIME, signal);
  const { digest, hash, desired, revision } = feed.view.units.get("a.service") ?? assert.fail();
  const value = JSON.stringify({ digest, hash, desired });
  const entry = {
    key: "unit/b.service",
    value,
    createRevision: revision + 1,
    modRevision: revision + 1,
  };
  plan.note(feed.view.apply([{ type: "put", entry }], revision + 1));
  assert.ok(!(await under).toWrite.some(({ unit }) => unit === "b.service"));
  assert.deepEqual(differences, []);
  assert.ok((await decided()).includes("place b.service"));
});

test("a unit that cannot be decided on is set aside, and the others are decided", async (t) => {
  const { feed, signal, clock } = await planned(t);
  const logged: string[] = [];
  const plan = new KeptPlan({ interval: 2_000, clock, log: silentLogger });
  const unit = feed.view.units.get("a.service") ?? assert.fail();
  const broken = { ...unit, name: "b.service", requirements: { ...unit.requirements, metadata: undefined as never } };
  const known = { ...feed.view.freeze(), units: new Map([...feed.view.units, ["b.service", broken]]) };
  const view = { ...known, freeze: () => known };
  const { toWrite, setAside, refused } = await plan.decide(view, NO_TIME, signal);
  assert.deepEqual(
    toWrite.map(({ unit }) => unit),
    ["a.service"],
  );
  assert.deepEqual([...setAside.keys()], ["b.service"]);
  assert.match(refused.get("b.service")?.sentence ?? "", /it is set aside: the scheduler fails on it/);
  const error = (message: string): void => void logged.push(message);
  const log = new DecisionLog({ ...silentLogger, error });
  log.setAside(setAside);
  log.setAside(setAside);
  assert.equal(logged.length, 1);
});
