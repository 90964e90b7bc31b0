import assert from "node:assert/strict";
import { test } from "node:test";
import { AssignmentRegistry } from "./assignment-registry.ts";
import { LeaderSeat } from "./leadership.ts";
import { ASSIGNED, memoryCluster } from "./memory-cluster.fixture.ts";

test("only one candidate takes the seat; the next can after the first resigns", async () => {
  const { store } = memoryCluster();
  const seat = new LeaderSeat(store);
  const [one, two] = [await store.grant(10_000), await store.grant(10_000)];
  const term = await seat.take("a", one);
  assert.ok(term);
  assert.equal(await seat.take("b", two), undefined);
  const empty = seat.untilEmpty(async () => {}, AbortSignal.timeout(5_000));
  await one.revoke();
  await empty;
  assert.ok(await seat.take("b", two));
  assert.equal(await seat.take("a", one), undefined);
});

test("a candidate keeps waiting for the seat when another candidate takes it first", async () => {
  const { store } = memoryCluster();
  const seat = new LeaderSeat(store);
  const [one, two] = [await store.grant(10_000), await store.grant(10_000)];
  const pauses: { readonly resolve: () => void; readonly signal: AbortSignal }[] = [];
  const pause = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      pauses.push({ resolve, signal });
      signal.addEventListener("abort", () => reject(new Error("taken")));
    });
  const begun = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => (pauses.length >= count ? resolve() : void setImmediate(look));
      look();
    });
  let tries = 0;
  const waiting = seat.untilEmpty(pause, AbortSignal.timeout(5_000)).then(() => (tries += 1));
  await begun(1);
  await seat.take("a", one);
  await new Promise<void>((resolve) => pauses[0]?.signal.addEventListener("abort", () => resolve()));
  assert.equal(tries, 0);
  await one.revoke();
  await begun(2);
  pauses[1]?.resolve();
  await waiting;
  assert.ok(await seat.take("b", two));
});

test("a candidate may take the seat twice under one lease, because an answer may be lost", async () => {
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
  const step = {
    writes: [{ action: "assign", unit: "x.service", machineID: "m", record: ASSIGNED }],
    basis: [],
  } as const;
  assert.equal((await assignments.apply(term, [step])).applied, false);
  assert.equal((await store.range({ prefix: "assignment/" })).count, 0);
});

test("a malformed leader key neither fills nor empties the seat", async () => {
  const { store } = memoryCluster();
  const seat = new LeaderSeat(store);
  const put = (key: string) => store.txn({ onSuccess: [{ put: key, value: "{}" }] });
  await put("engine/leader/x");
  const lease = await store.grant(10_000);
  const pauses: AbortSignal[] = [];
  const empty = seat.untilEmpty(async (signal) => {
    pauses.push(signal);
    await put("engine/leader2");
  }, AbortSignal.timeout(5_000));
  await empty;
  assert.equal(pauses.length, 1);
  assert.ok(await seat.take("a", lease));
});
