import assert from "node:assert/strict";
import { test } from "node:test";
import type { Lease, Store } from "../port/index.ts";
import { LeaseLostError } from "../port/store-error.ts";
import { eventually, type StoreHarness } from "./harness.ts";
import { WatchRecorder } from "./watch-recorder.ts";

const TTL_MS = 1_000;

export function leaseContract(use: () => StoreHarness): void {
  test("a held lease and its keys outlive the TTL", async () => {
    const harness = use();
    const { store, lease } = await putUnderLease(harness, "held/a");
    await harness.elapse(TTL_MS * 2.5);
    assert.equal((await store.range({ prefix: "held/" })).count, 1);
    assert.equal(lease.lost.aborted, false);
    await lease.revoke();
  });

  test("a released lease expires, and its keys are deleted at one revision", async () => {
    const harness = use();
    const { store, lease, revision } = await putUnderLease(harness, "released/b", "released/a");
    const seen = new WatchRecorder(store, { prefix: "released/", from: revision + 1 });
    lease.release();
    await eventually(harness, "the end of the keys", () => seen.events.length > 0);
    await seen.stop();
    assert.deepEqual(seen.lines, [`delete released/a @${seen.revision}`, `delete released/b @${seen.revision}`]);
    assert.equal(lease.lost.aborted, false);
    assert.equal(await store.resume(lease.id, TTL_MS), undefined);
  });

  test("revoke ends the lease and its keys at once", async () => {
    const harness = use();
    const { store, lease } = await putUnderLease(harness, "revoked/a");
    await lease.revoke();
    assert.equal((await store.range({ prefix: "revoked/" })).count, 0);
    await harness.elapse(TTL_MS);
    assert.equal(lease.lost.aborted, false);
    await lease.revoke();
  });

  test("a successor resumes a released lease and holds it", async () => {
    const harness = use();
    const { store, lease } = await putUnderLease(harness, "resumed/a");
    lease.release();
    const successor = await harness.connect();
    const resumed = await successor.resume(lease.id, TTL_MS);
    assert.ok(resumed);
    assert.equal(resumed.id, lease.id);
    assert.equal(resumed.ttlMs, lease.ttlMs);
    await harness.elapse(TTL_MS * 2.5);
    assert.equal((await store.range({ prefix: "resumed/" })).count, 1);
    assert.equal(resumed.lost.aborted, false);
    await resumed.revoke();
    assert.equal(await store.resume("123456789", TTL_MS), undefined);
  });

  test("a renewed lease has most of its time left; the time of a released lease runs down to none", async () => {
    const harness = use();
    const { store, lease } = await putUnderLease(harness, "timed/a");
    const observer = await harness.connect();
    const left = async (): Promise<number> => (await observer.leaseTime(lease.id))?.leftMs ?? 0;
    await harness.elapse(lease.ttlMs * 1.5);
    assert.equal((await observer.leaseTime(lease.id))?.ttlMs, lease.ttlMs);
    assert.ok((await left()) > lease.ttlMs / 2);
    lease.release();
    await eventually(harness, "its end", async () => (await observer.leaseTime(lease.id)) === undefined);
    // A store deletes the keys of a lease soon after its end.
    await eventually(harness, "the end of its key", async () => (await store.range({ prefix: "timed/" })).count === 0);
    assert.equal(await observer.leaseTime("123456789"), undefined);
  });

  test("a holder learns that another client ended its lease", async () => {
    const harness = use();
    const { lease } = await putUnderLease(harness, "ended/a");
    const other = await (await harness.connect()).resume(lease.id, TTL_MS);
    await other?.revoke();
    await eventually(harness, "the loss", () => lease.lost.aborted);
    assert.ok(lease.lost.reason instanceof LeaseLostError);
  });

  test("a key that is put again without the lease outlives it", async () => {
    const harness = use();
    const { store, lease } = await putUnderLease(harness, "kept/a", "kept/b");
    await store.txn({ onSuccess: [{ put: "kept/a", value: "mine" }] });
    await lease.revoke();
    const { entries } = await store.range({ prefix: "kept/" });
    assert.deepEqual(
      entries.map(({ key, lease: id }) => [key, id]),
      [["kept/a", undefined]],
    );
  });

  test("a closed client has lost its leases, which then expire", async () => {
    const harness = use();
    const { store, lease } = await putUnderLease(harness, "closed/a");
    const other = await harness.connect();
    await store.close();
    assert.equal(lease.lost.aborted, true);
    await eventually(harness, "the end of the key", async () => (await other.range({ prefix: "closed/" })).count === 0);
  });
}

async function putUnderLease(
  harness: StoreHarness,
  ...keys: readonly string[]
): Promise<{ readonly store: Store; readonly lease: Lease; readonly revision: number }> {
  const store = await harness.connect();
  const lease = await store.grant(TTL_MS);
  const { revision } = await store.txn({ onSuccess: keys.map((put) => ({ put, value: "", lease: lease.id })) });
  return { store, lease, revision };
}
