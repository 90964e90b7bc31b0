import assert from "node:assert/strict";
import { test } from "node:test";
import type { MachineRecord } from "@flotilla/model";
import { MachineRegistry } from "./machine-registry.ts";
import { memoryCluster } from "./memory-cluster.fixture.ts";

const record: MachineRecord = {
  id: "m1",
  primaryIP: "10.0.0.1",
  metadata: {},
  version: "1",
  peerPort: 7333,
  bootID: "b",
  capacity: { cpus: 2, memoryBytes: 1 },
};

test("a second daemon with the same machine ID does not replace the first daemon's record", async () => {
  const { store } = memoryCluster();
  const machines = new MachineRegistry(store);
  const first = await store.grant(10_000);
  assert.deepEqual(await machines.register(record, first), { registered: true });
  const second = await machines.register({ ...record, primaryIP: "10.0.0.2" }, await store.grant(10_000));
  assert.equal(second.registered, false);
  if (second.registered) return;
  const gone = machines.untilGone("m1", second.heldAt, AbortSignal.timeout(5_000));
  await first.revoke();
  await gone;
});

test("a daemon that resumes its lease writes its record again", async () => {
  const { store } = memoryCluster();
  const machines = new MachineRegistry(store);
  const lease = await store.grant(10_000);
  await machines.register(record, lease);
  assert.deepEqual(await machines.register({ ...record, metadata: { a: "b" } }, lease), { registered: true });
  assert.match((await store.range({ prefix: "machine/m1" })).entries[0]?.value ?? "", /"a":"b"/);
});

test("a leaving machine writes its departure under its lease", async () => {
  const { store } = memoryCluster();
  const machines = new MachineRegistry(store);
  const lease = await store.grant(10_000);
  await machines.register(record, lease);
  await machines.remove("m1", lease);
  const keys = (await store.range({ prefix: "" })).entries.map((entry) => [entry.key, entry.lease]);
  assert.deepEqual(keys, [["departure/m1", lease.id]]);
});

test("a daemon that waits for its machine's record tolerates a compaction", async () => {
  const { store, server } = memoryCluster();
  const machines = new MachineRegistry(store);
  const first = await store.grant(10_000);
  await machines.register(record, first);
  const { revision } = await store.txn({ onSuccess: [{ put: "unit/other", value: "" }] });
  await server.compact(revision);
  const second = await machines.register(record, await store.grant(10_000));
  assert.deepEqual(second, { registered: false, heldAt: revision });
  const gone = machines.untilGone("m1", revision, AbortSignal.timeout(5_000));
  await first.revoke();
  await gone;
});

test("a leaving machine removes its own record, and no other daemon's record", async () => {
  const { store } = memoryCluster();
  const machines = new MachineRegistry(store);
  const [mine, other] = [await store.grant(10_000), await store.grant(10_000)];
  await machines.register(record, mine);
  await machines.remove("m1", other);
  assert.equal((await store.range({ prefix: "machine/m1" })).count, 1);
  await machines.remove("m1", mine);
  assert.equal((await store.range({ prefix: "machine/m1" })).count, 0);
});

test("a removal that arrives after the next process has registered removes nothing", async () => {
  const { store, server } = memoryCluster();
  const [sent, arrived] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const dying = server.connect({
    faults: {
      before: async ({ type }) => {
        if (type !== "txn") return;
        sent.resolve();
        await arrived.promise;
      },
      after: async ({ type }) => assert.notEqual(type, "txn", "the process is dead by now"),
    },
  });
  const lease = await store.grant(10_000);
  const machines = new MachineRegistry(store);
  await machines.register(record, lease);
  const removal = assert.rejects(new MachineRegistry(dying).remove("m1", lease), /dead by now/);
  await sent.promise;
  await machines.register(record, lease);
  arrived.resolve();
  await removal;
  assert.equal((await store.range({ prefix: "machine/m1" })).count, 1);
});

test("a record without a lease does not keep the machine out", async () => {
  const { store } = memoryCluster();
  const machines = new MachineRegistry(store);
  await store.txn({ onSuccess: [{ put: "machine/m1", value: JSON.stringify(record) }] });
  const lease = await store.grant(10_000);
  assert.deepEqual(await machines.register(record, lease), { registered: true });
  assert.equal((await store.range({ prefix: "machine/m1" })).entries[0]?.lease, lease.id);
});

/** What another client may do to the machine's record. */
const CHANGES: readonly (readonly [
  what: string,
  op: { delete: string } | { put: string; value: string; leased?: true },
])[] = [
  ["deletes it", { delete: "machine/m1" }],
  ["writes it without the lease", { put: "machine/m1", value: JSON.stringify(record) }],
  ["writes under the lease what cannot be read", { put: "machine/m1", value: "{", leased: true }],
  ["writes another machine's under the lease", { put: "machine/m1", value: '{"id":"m2"}', leased: true }],
];

for (const [what, { leased, ...op }] of CHANGES.map(
  ([what, done]) => [what, { leased: undefined, ...done }] as const,
)) {
  test(`a machine's record is lost when another client ${what}, before or during the watch, and can be written again`, async () => {
    const { store } = memoryCluster();
    const machines = new MachineRegistry(store);
    const lease = await store.grant(10_000);
    await machines.register(record, lease);
    const followed = machines.untilLost("m1", lease.id, AbortSignal.timeout(5_000));
    await store.txn({ onSuccess: [leased ? { ...op, lease: lease.id } : op] });
    await followed;
    await machines.untilLost("m1", lease.id, AbortSignal.timeout(5_000));
    assert.deepEqual(await machines.register(record, lease), { registered: true });
    const [entry] = (await store.range({ prefix: "machine/m1" })).entries;
    assert.deepEqual([entry?.value, entry?.lease], [JSON.stringify(record), lease.id]);
  });
}

test("a record that another daemon with the same lease wrote is not lost", async () => {
  const { store } = memoryCluster();
  const machines = new MachineRegistry(store);
  const lease = await store.grant(10_000);
  await machines.register(record, lease);
  const stop = new AbortController();
  const followed = machines.untilLost("m1", lease.id, stop.signal).then(() => "lost");
  await machines.register({ ...record, primaryIP: "10.0.0.2" }, lease);
  await store.txn({ onSuccess: [{ put: "machine/m1x", value: "" }] });
  stop.abort(new Error("still there"));
  await assert.rejects(followed, /still there/);
});
