import assert from "node:assert/strict";
import { noEvents } from "@flotilla/model";
import { test, type TestContext } from "node:test";
import { ClusterReplica, MachineRegistry, UnitRegistry } from "@flotilla/registry";
import { silentLogger } from "@flotilla/runtime";
import { type Decided, NO_TIME } from "@flotilla/schedule";
import { ChangeSet } from "../controller/change-set.ts";
import { runSteps } from "../controller/run-steps.ts";
import { type LiveView, StandingView } from "../controller/standing-view.ts";
import { liveFeed, machineRecord } from "../fixture/live-feed.fixture.ts";
import { KeptPlan } from "./kept-plan.ts";
import { RefusalLog } from "./refusal-log.ts";

const FILE = "[Service]\nExecStart=/bin/true\n";

/** Decides on the view as it is at the call, as a pass does. */
function decide(plan: KeptPlan, view: LiveView, signal: AbortSignal): Promise<Decided> {
  const snapshot = new StandingView(view);
  return runSteps(plan.steps(snapshot, NO_TIME), snapshot, signal);
}

/** A plan over a cluster with one machine and `a.service`, decided on once. */
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
  const changes = new ChangeSet();
  const decideNow = (): Promise<Decided> => {
    for (const change of changes.take()) plan.note(change);
    return decide(plan, feed.view, signal);
  };
  const decided = async (): Promise<string[]> => (await decideNow()).toWrite.map(({ kind, unit }) => `${kind} ${unit}`);
  assert.deepEqual(await decided(), ["place a.service"]);
  return { clock, feed, changes, signal, store, launch, decideNow, decided, differences };
}

test("the plan decides on each noted change, and a full check agrees", async (t) => {
  const { clock, feed, changes, launch, decided, differences } = await planned(t);
  feed.onChange((news) => changes.add(news));
  await launch("b.service");
  assert.deepEqual(await decided(), ["place a.service", "place b.service"]);
  await clock.advance(2_000);
  assert.deepEqual(await decided(), ["place a.service", "place b.service"]);
  assert.deepEqual(differences, []);
});

test("the next full check finds a change that was not noted, and reports a bug", async (t) => {
  const { clock, launch, decided, differences } = await planned(t);
  await launch("b.service");
  assert.deepEqual(await decided(), ["place a.service"]);
  await clock.advance(2_000);
  assert.deepEqual(await decided(), ["place a.service", "place b.service"]);
  assert.equal(differences.length, 1);
  assert.match(differences[0] ?? "", /^not decided: b\.service goes to machine m1/);
});

/** A unit whose conflicts take many steps to compare. */
const LADEN = `${FILE}[X-Fleet]\n${Array.from({ length: 32 }, (_, index) => `Conflicts=*x${index}y*`).join("\n")}\n`;

test("a change during a decision is not part of it, but of the next decision", async (t) => {
  const { feed, changes, signal, store, launch, decideNow, decided, differences, clock } = await planned(t);
  feed.onChange((news) => changes.add(news));
  const units = new UnitRegistry(store);
  const names = Array.from({ length: 200 }, (_, index) => `laden-${index}.service`);
  for (const name of names) await units.edit(name, () => ({ action: "write", text: LADEN, desired: "launched" }));
  await feed.fresh(signal);
  // The decision takes many steps, so the event loop turns before it ends.
  const under = decideNow();
  await launch("z.service");
  assert.ok(!(await under).toWrite.some(({ unit }) => unit === "z.service"), "the view has gone on meanwhile");
  assert.ok((await decided()).includes("place z.service"));
  await clock.advance(2_000);
  await decided();
  assert.deepEqual(differences, []);
});

test("a change between a decision and its full check makes no difference between them", async (t) => {
  const { store, signal, clock } = await planned(t);
  const differences: string[] = [];
  const onDisagreement = (difference: string): void => void differences.push(difference);
  const plan = new KeptPlan({ interval: 2_000, clock, log: silentLogger, onDisagreement });
  const replica = new ClusterReplica(silentLogger);
  const stored = await store.range({ prefix: "" });
  const puts = stored.entries.map((entry) => ({ type: "put", entry }) as const);
  replica.apply(puts, stored.revision);
  const { view } = replica;
  await decide(plan, view, signal);
  await clock.advance(2_000);
  const under = decide(plan, view, signal);
  const { digest, hash, desired, revision } = view.units.get("a.service") ?? assert.fail();
  const value = JSON.stringify({ digest, hash, desired });
  const entry = {
    key: "unit/b.service",
    value,
    createRevision: revision + 1,
    modRevision: revision + 1,
  };
  const changes = replica.apply([{ type: "put", entry }], revision + 1);
  assert.ok(!(await under).toWrite.some(({ unit }) => unit === "b.service"));
  assert.deepEqual(differences, []);
  for (const change of changes) plan.note(change);
  const { toWrite } = await decide(plan, view, signal);
  assert.ok(toWrite.some(({ unit }) => unit === "b.service"));
});

test("a unit that cannot be decided on is set aside, and the others are decided", async (t) => {
  const { feed, signal, clock } = await planned(t);
  const logged: string[] = [];
  const plan = new KeptPlan({ interval: 2_000, clock, log: silentLogger });
  const unit = feed.view.units.get("a.service") ?? assert.fail();
  const broken = { ...unit, name: "b.service", requirements: { ...unit.requirements, metadata: undefined as never } };
  const known = { ...feed.view.freeze(), units: new Map([...feed.view.units, ["b.service", broken]]) };
  const view = { ...known, freeze: () => known };
  const { toWrite, setAside, refused } = await decide(plan, view, signal);
  assert.deepEqual(
    toWrite.map(({ unit }) => unit),
    ["a.service"],
  );
  assert.deepEqual([...setAside.keys()], ["b.service"]);
  assert.match(refused.get("b.service")?.sentence ?? "", /it is set aside: internal error of the scheduler/);
  const error = (message: string): void => void logged.push(message);
  const log = new RefusalLog({ ...silentLogger, error }, noEvents);
  log.setAside(setAside);
  log.setAside(setAside);
  assert.equal(logged.length, 1);
});

test("a unit without a strategy of its own follows the cluster's", async (t) => {
  const { clock, store, feed, signal } = liveFeed(t);
  const lease = await store.grant(10_000);
  for (const id of ["m1", "m2"]) await new MachineRegistry(store).register(machineRecord(id), lease);
  const units = new UnitRegistry(store);
  for (const name of ["a.service", "b.service"])
    await units.edit(name, () => ({ action: "write", text: FILE, desired: "launched" }));
  await feed.fresh(signal);
  const placesBy = async (strategy: "spread" | "pack"): Promise<unknown> => {
    const plan = new KeptPlan({ interval: 2_000, strategy, clock, log: silentLogger });
    return (await decide(plan, feed.view, signal)).toWrite.map((decision) => decision.kind === "place" && decision.to);
  };
  assert.deepEqual(
    [await placesBy("spread"), await placesBy("pack")],
    [
      ["m1", "m2"],
      ["m1", "m1"],
    ],
  );
});
