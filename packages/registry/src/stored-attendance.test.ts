import assert from "node:assert/strict";
import { test } from "node:test";
import type { Attendance } from "@flotilla/model";
import { silentLogger } from "@flotilla/runtime";
import { MAX_TXN_OPS, type Op, type WatchEvent } from "@flotilla/store";
import fc from "fast-check";
import { ClusterReplica } from "./cluster-replica.ts";
import { LeaderSeat } from "./leadership.ts";
import { memoryCluster } from "./memory-cluster.fixture.ts";
import { AttendanceRegistry } from "./attendance-registry.ts";

const NO_MACHINES: Attendance = { present: [], missing: [], hold: undefined, awaited: undefined };

test("each machine adds one small key, which is deleted with the machine", () => {
  const replica = new ClusterReplica(silentLogger);
  const many = Array.from({ length: 100 }, (_, index) => `m${index + 100}`);
  write(replica, replica.view.storedAttendance.changesTo({ ...NO_MACHINES, present: many }));
  assert.deepEqual(replica.view.storedAttendance.changesTo({ ...NO_MACHINES, present: [...many, "m200"] }), [
    { put: "roll/m200", value: '{"is":"present","held":false}' },
  ]);
  assert.deepEqual(
    replica.view.storedAttendance.changesTo({ ...NO_MACHINES, present: many.slice(1), missing: ["m100"] }),
    [{ put: "roll/m100", value: '{"is":"missing","held":false}' }],
  );
  assert.deepEqual(replica.view.storedAttendance.changesTo({ ...NO_MACHINES, present: many.slice(1) }), [
    { delete: "roll/m100" },
  ]);
  assert.deepEqual(replica.view.storedAttendance.changesTo({ ...NO_MACHINES, present: many }), []);
});

test("a written attendance is read back unchanged, and no unchanged part is written again", () => {
  fc.assert(
    fc.property(fc.array(attendances, { minLength: 1, maxLength: 5 }), (each) => {
      const replica = new ClusterReplica(silentLogger);
      for (const attendance of each) {
        write(replica, replica.view.storedAttendance.changesTo(attendance));
        assert.deepEqual(replica.view.attendance, attendance);
        assert.deepEqual(replica.view.storedAttendance.changesTo(attendance), []);
      }
    }),
  );
});

test("a partly written hold keeps all its machines, and the next attendance is written in full", () => {
  fc.assert(
    fc.property(attendances, attendances, attendances, fc.nat(10), (before, interrupted, after, count) => {
      fc.pre(!before.hold && interrupted.hold !== undefined);
      const replica = new ClusterReplica(silentLogger);
      write(replica, replica.view.storedAttendance.changesTo(before));
      const ops = replica.view.storedAttendance.changesTo(interrupted);
      write(replica, ops.slice(0, Math.min(count, ops.length - 1)));
      const { present, missing, hold } = replica.view.attendance;
      if (!hold)
        assert.ok(
          missing.every((id) => before.missing.includes(id)),
          "no loss is noted before the hold",
        );
      else {
        const lost = interrupted.hold?.machines.filter((id) => [...before.present, ...before.missing].includes(id));
        assert.ok(lost?.every((id) => [...present, ...missing, ...hold.machines].includes(id)));
        const stillThere = interrupted.hold?.machines.filter((id) => interrupted.present.includes(id));
        assert.ok(
          stillThere?.every((id) => hold.machines.includes(id)),
          "a machine that misses a heartbeat is held with the lost machines",
        );
      }
      write(replica, replica.view.storedAttendance.changesTo(after));
      assert.deepEqual(replica.view.attendance, after);
    }),
  );
});

test("an attendance in one key, as earlier versions wrote it, is ignored", () => {
  const replica = new ClusterReplica(silentLogger);
  const old = { present: ["m1"], missing: ["m2"], hold: { since: 1, machines: ["m2"], of: 2 }, awaited: ["m2"] };
  replica.apply([putOf("engine/roll", JSON.stringify(old))], 1);
  assert.deepEqual(replica.view.attendance, { ...NO_MACHINES, hold: { since: 1, machines: [], of: 2 } });
  const attendance = { ...NO_MACHINES, present: ["m1"] };
  write(replica, replica.view.storedAttendance.changesTo(attendance));
  assert.deepEqual(replica.view.attendance, attendance);
});

test("the attendance of many machines is written in several transactions, each fenced by the leader's term", async () => {
  const { store } = memoryCluster();
  const lease = await store.grant(10_000);
  const leadership = await new LeaderSeat(store).take("m1", lease);
  assert.ok(leadership);
  const many = Array.from({ length: 2 * MAX_TXN_OPS + 1 }, (_, index) => `m${index}`).sort();
  const hold = { since: 7, machines: many, of: many.length };
  const attendance = { present: many, missing: [], hold, awaited: undefined };
  const { storedAttendance } = new ClusterReplica(silentLogger).view;
  const registry = new AttendanceRegistry(store);
  const { revision } = await registry.write(leadership, storedAttendance, attendance);
  const { entries } = await store.range({ prefix: "roll/" });
  assert.equal(entries.length, many.length);
  const [head] = (await store.range({ prefix: "engine/roll", exact: true })).entries;
  assert.equal(head?.modRevision, revision, "the hold comes last");
  assert.ok(entries.filter(({ modRevision }) => modRevision === revision).length < MAX_TXN_OPS);
  await lease.revoke();
  assert.equal((await registry.write(leadership, storedAttendance, NO_MACHINES)).applied, false);
});

const ids = ["a", "b", "c", "d"];

/** Attendances as they are taken: each machine is in one list, and the awaited machines are missing. */
const attendances: fc.Arbitrary<Attendance> = fc
  .record({
    is: fc.array(fc.constantFrom("present", "missing", "away", "unknown"), { minLength: 4, maxLength: 4 }),
    isHeld: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    since: fc.option(fc.nat(3)),
    settling: fc.boolean(),
  })
  .map(({ is, isHeld, since, settling }) => {
    const missing = ids.filter((_, index) => is[index] === "missing");
    const held = ids.filter((_, index) => is[index] === "away" || (is[index] !== "unknown" && isHeld[index]));
    return {
      present: ids.filter((_, index) => is[index] === "present"),
      missing,
      hold: since === null ? undefined : { since, machines: held, of: 4 },
      awaited: settling && missing.length > 0 ? missing : undefined,
    };
  });

function write(replica: ClusterReplica, ops: readonly Op[]): void {
  const revision = replica.view.revision + 1;
  const events = ops.map((op): WatchEvent => {
    if ("put" in op) return putOf(op.put, op.value, revision);
    assert.ok("delete" in op);
    return { type: "delete", key: op.delete, modRevision: revision };
  });
  replica.apply(events, revision);
}

function putOf(key: string, value: string, revision = 1): WatchEvent {
  return { type: "put", entry: { key, value, createRevision: revision, modRevision: revision } };
}
