import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { MachineRegistry, UnitRegistry } from "@flotilla/registry";
import { silentLogger } from "@flotilla/runtime";
import { NO_TIME } from "@flotilla/schedule";
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
  const decided = (): string[] => plan.decide(feed.view, NO_TIME).toWrite.map(({ kind, unit }) => `${kind} ${unit}`);
  assert.deepEqual(decided(), ["place a.service"]);
  return { clock, feed, plan, launch, decided, differences };
}

test("what is told is decided upon, and a look at all agrees", async (t) => {
  const { clock, feed, plan, launch, decided, differences } = await planned(t);
  feed.onChange((changes) => plan.note(changes));
  await launch("b.service");
  assert.deepEqual(decided(), ["place a.service", "place b.service"]);
  await clock.advance(2_000);
  assert.deepEqual(decided(), ["place a.service", "place b.service"]);
  assert.deepEqual(differences, []);
});

test("what is not told is found by the next look at all, and said to be a fault", async (t) => {
  const { clock, launch, decided, differences } = await planned(t);
  await launch("b.service");
  assert.deepEqual(decided(), ["place a.service"]);
  await clock.advance(2_000);
  assert.deepEqual(decided(), ["place a.service", "place b.service"]);
  assert.equal(differences.length, 1);
  assert.match(differences[0] ?? "", /^not decided: b\.service goes to machine m1/);
});
