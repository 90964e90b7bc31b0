import assert from "node:assert/strict";
import { test } from "node:test";
import { AssignmentRegistry } from "./assignment-registry.ts";
import { LeaderSeat } from "./leadership.ts";
import { memoryCluster } from "./memory-cluster.fixture.ts";

test("only one takes the seat; the next can once it is left", async () => {
  const { store } = memoryCluster();
  const seat = new LeaderSeat(store);
  const [one, two] = [await store.grant(10_000), await store.grant(10_000)];
  const term = await seat.take("a", one);
  assert.ok(term);
  assert.equal(await seat.take("b", two), undefined);
  const empty = seat.untilEmpty(AbortSignal.timeout(5_000));
  await one.revoke();
  await empty;
  assert.ok(await seat.take("b", two));
  assert.equal(await seat.take("a", one), undefined);
});

test("taking the seat twice under one lease finds it taken already: an answer may have been lost", async () => {
  const { store } = memoryCluster();
  const seat = new LeaderSeat(store);
  const lease = await store.grant(10_000);
  assert.deepEqual(await seat.take("a", lease), await seat.take("a", lease));
});

test("a leader whose term is over writes nothing", async () => {
  const { store } = memoryCluster();
  const seat = new LeaderSeat(store);
  const assignments = new AssignmentRegistry(store);
  const lease = await store.grant(10_000);
  const term = await seat.take("a", lease);
  assert.ok(term);
  await lease.revoke();
  await seat.take("b", await store.grant(10_000));
  const record = {
    digest: "d",
    hash: "h",
    desired: "launched",
    leaving: false,
    exclusive: false,
    stopping: false,
  } as const;
  const step = { writes: [{ action: "assign", unit: "x.service", machineID: "m", record }], basis: [] } as const;
  assert.equal((await assignments.apply(term, [step])).applied, false);
  assert.equal((await store.range({ prefix: "assignment/" })).count, 0);
});
