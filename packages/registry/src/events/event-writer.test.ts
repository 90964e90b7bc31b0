import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { ClusterEvent } from "@flotilla/model";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import { StoreUnavailableError } from "@flotilla/store";
import { type Faults, MemoryStore } from "@flotilla/store/memory";
import { decodeBatch } from "./event-batch.ts";
import { EventRegistry } from "./event-registry.ts";
import { EventWriter } from "./event-writer.ts";

/** A running writer, and what it has written. */
function lab(t: TestContext, faults: Faults = {}) {
  const clock = new ManualClock();
  const server = new MemoryStore({ clock });
  let calls = 0;
  const before: Faults["before"] = async (call, signal) => {
    calls += 1;
    await faults.before?.(call, signal);
  };
  const store = server.connect({ faults: { ...faults, before } });
  const reader = server.connect();
  const registry = new EventRegistry(store);
  const writer = new EventWriter({ registry, machineID: "m1", clock, random: () => 0.5, log: silentLogger });
  const stop = new AbortController();
  const running = writer.run(stop.signal);
  t.after(() => {
    stop.abort();
    server.close();
  });
  const batches = async (): Promise<(readonly (ClusterEvent | undefined)[])[]> =>
    (await reader.range({ prefix: "event/" })).entries.map(({ value }) => decodeBatch(value)?.events ?? []);
  return {
    clock,
    writer,
    calls: () => calls,
    batches,
    counts: async () => (await batches()).map(({ length }) => length),
    end: async () => {
      stop.abort();
      await running;
    },
  };
}

const placed = (index: number) =>
  ({
    kind: "placed",
    unit: `unit-number-${index}.service`,
    machine: "a".repeat(32),
    sentence: `unit-number-${index}.service goes to machine aaaaaaaa: of the machines that can take it this one has the fewest units (${index})`,
    cause: `unit unit-number-${index}.service 12345`,
  }) as const;

test("events of a second are one write, and nothing is written while nothing happens", async (t) => {
  const { clock, writer, counts, calls } = lab(t);
  await clock.advance(3_600_000);
  assert.equal(calls(), 0);
  for (let index = 0; index < 20; index += 1) writer.record(placed(index));
  await clock.advance(999);
  assert.equal(calls(), 0);
  await clock.advance(1);
  assert.deepEqual(await counts(), [20]);
  await clock.advance(3_600_000);
  assert.equal(calls(), 1);
});

test("the events of 1,000 starts are a handful of writes, at most one a second", async (t) => {
  const { clock, writer, counts, calls } = lab(t);
  for (let index = 0; index < 1_000; index += 1) {
    writer.record(placed(index));
    writer.record({ kind: "act", unit: `a${index}.service`, sentence: `root asked to start a${index}.service` });
  }
  for (let second = 1; second <= 5; second += 1) {
    await clock.advance(1_000);
    assert.ok(calls() <= second, `${calls()} calls in ${second} s`);
  }
  const all = await counts();
  assert.equal(
    all.reduce((sum, count) => sum + count, 0),
    2_000,
  );
  assert.ok(all.length <= 3, all.join(", "));
});

test("while the store is away, events wait, in order; a write with a lost answer is not repeated", async (t) => {
  let fails: "before" | "after" | undefined = "before";
  const trouble = (when: typeof fails) => async (): Promise<void> => {
    if (fails === when) throw new StoreUnavailableError("away");
  };
  const { clock, writer, batches } = lab(t, { before: trouble("before"), after: trouble("after") });
  writer.record(placed(1));
  await clock.advance(60_000);
  writer.record(placed(2));
  assert.deepEqual(await batches(), []);
  fails = "after";
  await clock.advance(60_000);
  fails = undefined;
  await clock.advance(60_000);
  const units = (await batches()).map((batch) => batch.map((event) => event?.unit));
  assert.deepEqual(units, [["unit-number-1.service"], ["unit-number-2.service"]]);
});

test("a flood is cut off, the rest is counted, and other classes of events still pass", async (t) => {
  const { clock, writer, batches } = lab(t);
  for (let index = 0; index < 6_000; index += 1)
    writer.record({ kind: "failed", unit: `u${index}.service`, sentence: `u${index}.service failed` });
  writer.record({ kind: "machine-lost", machine: "m2", sentence: "machine m2 was lost" });
  await clock.advance(30_000);
  const all = (await batches()).flat();
  const count = (kind: string): number => all.filter((event) => event?.kind === kind).length;
  assert.deepEqual([count("failed"), count("machine-lost"), count("left-out")], [4_000, 1, 1]);
  assert.equal(
    all.find((event) => event?.kind === "left-out")?.sentence,
    "events were left out, because there were too many at one time: 2000 failed",
  );
  // Later there is room again.
  await clock.advance(60_000);
  for (let index = 0; index < 300; index += 1)
    writer.record({ kind: "failed", unit: `v${index}.service`, sentence: `v${index}.service failed` });
  await clock.advance(2_000);
  assert.equal((await batches()).flat().filter((event) => event?.unit?.startsWith("v")).length, 300);
});

test("what waits for a store that is away is limited", async (t) => {
  const { clock, writer, batches } = lab(t, {
    before: async () => {
      if (clock.monotonic() < 100_000) throw new StoreUnavailableError("away");
    },
  });
  const sentence = "x".repeat(5_000);
  for (let index = 0; index < 3_000; index += 1) writer.record({ kind: "failed", unit: `u${index}.service`, sentence });
  await clock.advance(200_000);
  const all = (await batches()).flat();
  assert.ok(all.length > 900 && all.length < 1_200, String(all.length));
  assert.equal(all[0]?.sentence.length, 2_000, "a sentence is cut");
  assert.match(all.find((event) => event?.kind === "left-out")?.sentence ?? "", /\d+ failed$/);
});

test("a writer that ends writes what is left, also repetitions that it still counts", async (t) => {
  const { writer, batches, end } = lab(t);
  const event = { kind: "failed", unit: "a.service", sentence: "a.service failed" } as const;
  for (let count = 0; count < 6; count += 1) writer.record(event);
  await end();
  const counts = (await batches()).flat().map((each) => each?.count);
  assert.deepEqual(counts, [undefined, undefined, undefined, 3]);
});
