import assert from "node:assert/strict";
import { test } from "node:test";
import { Absences } from "../absence/absences.ts";
import { liveFeed } from "../fixture/live-feed.fixture.ts";
import { UnitTimers } from "./unit-timers.ts";

test("the leader wakes up when the guard of a silent machine has stopped its exclusive units", async (t) => {
  const { store, feed, signal } = liveFeed(t);
  const record = { digest: "d", hash: "h", desired: "launched", restart: 0, leaving: false, exclusive: true };
  const value = JSON.stringify({ ...record, stopping: false, askedAt: 0 });
  await store.txn({ onSuccess: [{ put: "assignment/m1/a.service", value }] });
  const view = await feed.fresh(signal);
  const absences = new Absences({ heardSince: () => undefined, settleMs: 0, machineTtlMs: 0 });
  const timers = new UnitTimers(60_000);
  absences.update(view, { monotonic: 0, wall: 0 });
  assert.deepEqual([...timers.moment(view, absences, { monotonic: 0, wall: 0 }).gone], []);
  assert.equal(timers.nextEnd(absences, 0), 60_000);
  assert.deepEqual([...timers.moment(view, absences, { monotonic: 60_000, wall: 0 }).gone], ["m1"]);
  assert.equal(timers.nextEnd(absences, 60_000), undefined);
});
