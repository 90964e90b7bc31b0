import assert from "node:assert/strict";
import { test } from "node:test";
import { MachineRegistry, UnitRegistry } from "@flotilla/registry";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import { MemoryStore } from "@flotilla/store/memory";
import { SharedFeed } from "./shared-feed.ts";

function sharedFeed(): { clock: ManualClock; shared: SharedFeed } {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock }).connect();
  return { clock, shared: new SharedFeed({ store, clock, random: () => 0.5, log: silentLogger, lingerMs: 1_000 }) };
}

test("all claims get one feed, which stays for a while after the last release", async () => {
  const { clock, shared } = sharedFeed();
  const [one, two] = [shared.claim(), shared.claim()];
  assert.equal(one.feed, two.feed);
  one.release();
  one.release();
  await clock.advance(5_000);
  assert.equal(shared.claim().feed, two.feed, "two claims are left");
  two.release();
  shared.close();
});

test("a claim within the linger time keeps the feed, a late claim gets a new feed", async () => {
  const { clock, shared } = sharedFeed();
  const first = shared.claim();
  first.release();
  await clock.advance(900);
  const second = shared.claim();
  assert.equal(second.feed, first.feed);
  second.release();
  await clock.advance(1_100);
  const third = shared.claim();
  assert.notEqual(third.feed, first.feed);
  third.release();
  shared.close();
});

test("the explanation is current at every call", async () => {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock }).connect();
  const shared = new SharedFeed({ store, clock, random: () => 0.5, log: silentLogger, lingerMs: 1_000 });
  const { feed } = shared.claim();
  const [units, text] = [new UnitRegistry(store), "[Service]\nExecStart=/bin/true\n[X-Fleet]\nMachineOf=b.service\n"];
  const ask = async (): Promise<readonly string[]> => {
    const signal = AbortSignal.timeout(5_000);
    await feed.fresh(signal);
    return (await shared.explain(["a.service"], signal)).get("a.service") ?? [];
  };
  assert.deepEqual(await ask(), ["the cluster does not know a.service: submit it first"]);
  await units.edit("a.service", () => ({ action: "write", text, desired: "launched" }));
  assert.deepEqual(await ask(), ["a.service cannot be placed", "no machine is in the cluster"]);
  assert.deepEqual(await ask(), ["a.service cannot be placed", "no machine is in the cluster"]);
  await units.edit("a.service", () => ({ action: "write", text, desired: "inactive" }));
  assert.match((await ask())[0] ?? "", /is inactive: load or start it/);
  shared.close();
});

test("a feed that keeps failing with an internal error rejects failure, so that the process ends", async () => {
  const { clock, shared } = sharedFeed();
  const fault = new TypeError("x is undefined");
  const failed = assert.rejects(shared.failure, fault);
  shared.claim().feed.onChange(() => {
    throw fault;
  });
  await clock.advance(60_000);
  await failed;
  shared.close();
});

test("explanations in a large cluster are computed in turns, and other requests run in between", async () => {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock }).connect();
  const shared = new SharedFeed({ store, clock, random: () => 0.5, log: silentLogger, lingerMs: 1_000 });
  const { feed } = shared.claim();
  const units = new UnitRegistry(store);
  const text = "[Service]\nExecStart=/bin/true\n";
  const names = Array.from({ length: 1_500 }, (_, index) => `a${index}.service`);
  await Promise.all(names.map((name) => units.edit(name, () => ({ action: "write", text, desired: "launched" }))));
  const signal = AbortSignal.timeout(60_000);
  await feed.fresh(signal);
  let turns = 0;
  const count = (): void => {
    turns += 1;
    if (!stop.aborted) setImmediate(count);
  };
  const stop = { aborted: false };
  setImmediate(count);
  const [one, other] = await Promise.all([shared.explain(names, signal), shared.explain(["a0.service"], signal)]);
  stop.aborted = true;
  assert.equal(one.size, names.length);
  assert.deepEqual(other.get("a0.service"), one.get("a0.service"));
  assert.ok(turns > 1, `${turns} turns`);
  shared.close();
});

test("weights and plans are those of the scheduler, and a plan leaves no trace", async () => {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock }).connect();
  const shared = new SharedFeed({ store, clock, random: () => 0.5, log: silentLogger, lingerMs: 1_000 });
  const { feed } = shared.claim();
  const signal = AbortSignal.timeout(5_000);
  const lease = await store.grant(10_000);
  const [units, machines] = [new UnitRegistry(store), new MachineRegistry(store)];
  const record = { primaryIP: "", version: "", peerPort: 0, bootID: "", capacity: { cpus: 1, memoryBytes: 1 } };
  for (const [id, zone] of [
    ["m1", "a"],
    ["m2", "b"],
  ] as const)
    await machines.register({ id, metadata: { zone }, ...record }, lease);
  const text = "[Service]\nExecStart=/bin/true\n[X-Fleet]\nMachineMetadata=zone=b\n";
  await units.edit("a.service", () => ({ action: "write", text, desired: "launched" }));
  await feed.fresh(signal);
  const placesOf = async (unit: string): Promise<readonly string[] | undefined> =>
    (await shared.weigh(unit, signal))?.passing.filter(({ isPlace }) => isPlace).map(({ machineID }) => machineID);
  assert.deepEqual(await placesOf("a.service"), ["m2"]);
  assert.deepEqual(
    (await shared.weigh("a.service", signal))?.rejected.map(({ rule, machines: ids }) => [rule, ids]),
    [["MachineMetadata", ["m1"]]],
  );
  assert.equal(await shared.weigh("no.service", signal), undefined);

  const [known] = feed.view.units.values();
  assert.ok(known);
  const other = { ...known, name: "b.service", revision: known.revision + 1 };
  const planned = await shared.plan([other], signal);
  assert.deepEqual(
    planned.map(({ unit, kind, to }) => [unit, kind, to]),
    [["b.service", "place", "m2"]],
  );
  assert.equal(await shared.weigh("b.service", signal), undefined, "the plan is forgotten");
  assert.deepEqual(await placesOf("a.service"), ["m2"]);
  shared.close();
});
