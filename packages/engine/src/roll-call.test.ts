import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { LeaderSeat, MachineRegistry, AttendanceRegistry, type Lease } from "@flotilla/registry";
import { silentLogger } from "@flotilla/runtime";
import { StoreUnavailableError } from "@flotilla/store";
import { liveFeed, machineRecord } from "./live-feed.fixture.ts";
import { RollCall } from "./roll-call.ts";

const MACHINES = 257;
const TTL_MS = 10_000;
const signal = AbortSignal.timeout(60_000);

/** A roll call over many machines, and how many heartbeats it has asked for. */
async function lab(t: TestContext) {
  const { clock, server, store, feed } = liveFeed(t);
  const leases: Lease[] = [];
  for (let index = 0; index < MACHINES; index++) {
    const lease = await store.grant(TTL_MS);
    await new MachineRegistry(store).register(machineRecord(`m${index}`), lease);
    leases.push(lease);
  }
  const asked = { count: 0 };
  const counting = server.connect();
  const leaseTime = counting.leaseTime.bind(counting);
  counting.leaseTime = (id, each) => ((asked.count += 1), leaseTime(id, each));
  const writes = { left: Number.POSITIVE_INFINITY };
  const txn = counting.txn.bind(counting);
  counting.txn = async (request, each) => {
    if (writes.left === 0) throw new StoreUnavailableError("The connection was lost.");
    writes.left -= 1;
    return txn(request, each);
  };
  const leadership = await new LeaderSeat(store).take("m0", await store.grant(TTL_MS));
  assert.ok(leadership);
  const rules = { share: 0.5, least: 3, windowMs: TTL_MS, holdMs: 60_000 };
  const random = (): number => 0.5;
  const heardSince = (): undefined => undefined;
  const attendance = new AttendanceRegistry(counting);
  const newRollCall = (): RollCall => {
    const made = new RollCall({ attendance, rules, leadership, heardSince, clock, random, log: silentLogger });
    feed.onChange((changes) => made.note(changes));
    return made;
  };
  let rollCall = newRollCall();
  /** As of a leader that comes after the one before. */
  const succeed = (): void => void (rollCall = newRollCall());
  const call = async (): Promise<void> => {
    const view = await feed.fresh(signal);
    if (!rollCall.isCalled(view)) await feed.reach(await rollCall.call(view, signal), signal);
  };
  await call();
  return { clock, feed, leases, asked, writes, succeed, call };
}

test("to see a single machine's loss by itself, not all others are asked after", async (t) => {
  const { feed, leases, asked, call } = await lab(t);
  assert.equal(asked.count, 0, "nobody is missing");
  await leases[7]?.revoke();
  await call();
  assert.deepEqual(feed.view.attendance.missing, ["m7"]);
  assert.equal(feed.view.attendance.hold, undefined);
  assert.equal(asked.count, 64);
});

test("all are, once many of them have missed a heartbeat", async (t) => {
  const { clock, feed, leases, asked, call } = await lab(t);
  const lost = leases.slice(0, 150);
  for (const lease of lost) lease.release();
  await clock.advance(TTL_MS / 2);
  await leases[7]?.revoke();
  await call();
  assert.equal(feed.view.attendance.hold?.machines.length, 150);
  assert.equal(asked.count, 64 + 256);
});

test("a leader that dies while it writes that many are lost leaves no hold of a few of them", async (t) => {
  const { clock, feed, leases, writes, succeed, call } = await lab(t);
  for (const lease of leases.slice(0, 150)) lease.release();
  await clock.advance(TTL_MS / 2);
  await leases[7]?.revoke();
  writes.left = 1;
  await assert.rejects(call(), StoreUnavailableError);
  const { attendance } = await feed.fresh(signal);
  assert.equal(attendance.hold, undefined);
  assert.deepEqual(attendance.missing, [], "no loss is noted that has not been judged with the others");
  writes.left = Number.POSITIVE_INFINITY;
  succeed();
  await call();
  assert.equal(feed.view.attendance.hold?.machines.length, 150);
});
