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

test("a second daemon with the same machine ID does not take the first one's place", async () => {
  const { store } = memoryCluster();
  const machines = new MachineRegistry(store);
  const first = await store.grant(10_000);
  assert.deepEqual(await machines.register(record, first), { registered: true });
  const second = await machines.register({ ...record, primaryIP: "10.0.0.2" }, await store.grant(10_000));
  assert.equal(second.registered, false);
  if (second.registered) return;
  const gone = machines.untilGone("m1", second.heldSince, AbortSignal.timeout(5_000));
  await first.revoke();
  await gone;
});

test("a daemon that goes on under its lease writes its record anew", async () => {
  const { store } = memoryCluster();
  const machines = new MachineRegistry(store);
  const lease = await store.grant(10_000);
  await machines.register(record, lease);
  assert.deepEqual(await machines.register({ ...record, metadata: { a: "b" } }, lease), { registered: true });
  assert.match((await store.range({ prefix: "machine/m1" })).entries[0]?.value ?? "", /"a":"b"/);
});

test("a machine that leaves says so under its lease", async () => {
  const { store } = memoryCluster();
  const machines = new MachineRegistry(store);
  const lease = await store.grant(10_000);
  await machines.register(record, lease);
  await machines.remove("m1", lease);
  const keys = (await store.range({ prefix: "" })).entries.map((entry) => [entry.key, entry.lease]);
  assert.deepEqual(keys, [["departure/m1", lease.id]]);
});
