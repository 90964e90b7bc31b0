import assert from "node:assert/strict";
import { noEvents } from "@flotilla/model";
import { test, type TestContext } from "node:test";
import { AssignmentRegistry, AttendanceRegistry, LeaderSeat, type Lease, MachineRegistry } from "@flotilla/registry";
import { Nudge, silentLogger } from "@flotilla/runtime";
import { StoreUnavailableError } from "@flotilla/store";
import { Absences } from "../absence/absences.ts";
import { liveFeed, machineRecord } from "../fixture/live-feed.fixture.ts";
import { ControllerLoop } from "../leader/controller-loop.ts";
import { Term } from "../leader/term.ts";
import { AttendanceController } from "./attendance-controller.ts";

const MACHINES = 257;
const TTL_MS = 10_000;
const HOLD_MS = 60_000;
const signal = AbortSignal.timeout(60_000);

/** A leader that only takes attendance, of many machines; counts the heartbeats that it asks for. */
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
  const common = {
    feed,
    machineID: "m0",
    nudge: new Nudge(),
    clock,
    log: silentLogger,
    events: noEvents,
    observer: {},
  };
  const newController = (): AttendanceController =>
    new AttendanceController({
      registry: new AttendanceRegistry(counting),
      stored: feed.view.storedAttendance,
      departed: feed.view,
      rules: { share: 0.5, least: 3, windowMs: TTL_MS, holdMs: HOLD_MS },
      clock,
      random: () => 0.5,
    });
  let controller = newController();
  const newLoop = (): ControllerLoop => {
    controller = newController();
    const made = new ControllerLoop({
      ...common,
      controllers: [controller],
      term: new Term({ ...common, leadership, assignments: new AssignmentRegistry(store) }),
      absences: new Absences({ heardSince: () => undefined, settleMs: TTL_MS, machineTtlMs: TTL_MS }),
    });
    feed.onChange((changes) => made.note(changes));
    return made;
  };
  let loop = newLoop();
  /** Begins the term of the next leader. */
  const succeed = (): void => void (loop = newLoop());
  const takeAttendance = async (): Promise<void> => {
    await feed.fresh(signal);
    await loop.pass(signal);
    await feed.fresh(signal);
  };
  await takeAttendance();
  /** Milliseconds until the passing of time alone may change the controller's decisions. */
  const dueIn = (): number | undefined => controller.dueAt && controller.dueAt - clock.monotonic();
  return { clock, feed, leases, asked, writes, succeed, takeAttendance, dueIn };
}

test("after the loss of a single machine the leader asks about a sample of the others", async (t) => {
  const { feed, leases, asked, takeAttendance } = await lab(t);
  assert.equal(asked.count, 0, "no machine is missing");
  await leases[7]?.revoke();
  await takeAttendance();
  assert.deepEqual(feed.view.attendance.missing, ["m7"]);
  assert.equal(feed.view.attendance.hold, undefined);
  assert.equal(asked.count, 64);
});

test("the leader asks about all machines once many of the sample have missed a heartbeat", async (t) => {
  const { clock, feed, leases, asked, takeAttendance } = await lab(t);
  const lost = leases.slice(0, 150);
  for (const lease of lost) lease.release();
  await clock.advance(TTL_MS / 2);
  await leases[7]?.revoke();
  await takeAttendance();
  assert.equal(feed.view.attendance.hold?.machines.length, 150);
  assert.equal(asked.count, 64 + 256);
});

test("during a hold, each pass except the one after a write asks about the machines of the hold", async (t) => {
  const { clock, leases, asked, takeAttendance } = await lab(t);
  for (const lease of leases.slice(0, 150)) lease.release();
  await clock.advance(TTL_MS / 2);
  await leases[7]?.revoke();
  const counts: number[] = [];
  for (let pass = 0; pass < 3; pass++) {
    asked.count = 0;
    await takeAttendance();
    counts.push(asked.count);
  }
  // Of 149 machines, a sample of 74 first.
  assert.deepEqual(counts, [64 + 256, 0, 74 + 149]);
});

test("the controller is due when a missing machine is dropped, and when a hold ends", async (t) => {
  const { clock, feed, leases, takeAttendance, dueIn } = await lab(t);
  assert.equal(dueIn(), undefined);
  await leases[7]?.revoke();
  await takeAttendance();
  assert.equal(dueIn(), TTL_MS);
  await clock.advance(TTL_MS - 1);
  await takeAttendance();
  assert.deepEqual(feed.view.attendance.missing, ["m7"]);
  await clock.advance(1);
  await takeAttendance();
  assert.deepEqual(feed.view.attendance.missing, []);
  for (const lease of leases.slice(100)) await lease.revoke();
  for (let pass = 0; pass < 2; pass++) await takeAttendance();
  await clock.advance(TTL_MS);
  await takeAttendance();
  assert.equal(feed.view.attendance.hold?.machines.length, MACHINES - 100);
  assert.equal(dueIn(), HOLD_MS - TTL_MS);
});

test("a leader that dies while it writes a mass loss leaves no hold of only some of the machines", async (t) => {
  const { clock, feed, leases, writes, succeed, takeAttendance } = await lab(t);
  for (const lease of leases.slice(0, 150)) lease.release();
  await clock.advance(TTL_MS / 2);
  await leases[7]?.revoke();
  writes.left = 1;
  await assert.rejects(takeAttendance(), StoreUnavailableError);
  const { attendance } = await feed.fresh(signal);
  assert.equal(attendance.hold, undefined);
  assert.deepEqual(attendance.missing, [], "no loss is stored before the hold that it belongs to");
  writes.left = Number.POSITIVE_INFINITY;
  succeed();
  await takeAttendance();
  assert.equal(feed.view.attendance.hold?.machines.length, 150);
});

test("while no machine is missing there is nothing to read, so the view cannot change before the decision", async (t) => {
  const { clock, store, feed, signal: open } = liveFeed(t);
  const controller = new AttendanceController({
    registry: new AttendanceRegistry(store),
    stored: feed.view.storedAttendance,
    departed: feed.view,
    rules: { share: 0.5, least: 3, windowMs: TTL_MS, holdMs: HOLD_MS },
    clock,
    random: () => 0.5,
  });
  const absences = new Absences({ heardSince: () => undefined, settleMs: TTL_MS, machineTtlMs: TTL_MS });
  assert.equal(controller.observe(await feed.fresh(open), absences, open), undefined);
});
