import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { LeaseCalls, Store } from "../port/index.ts";
import { eventually, type StoreHarness } from "./harness.ts";

const TTL_MS = 1_000;

/** The largest ID: etcd's lease IDs are positive 64-bit integers with a sign. */
const CHOSEN = "9223372036854775807";

export interface LeaseCallsHarness extends StoreHarness {
  connect(): Promise<Store & LeaseCalls>;
}

/** The tests for every implementation of `LeaseCalls`. */
export function leaseCallsContract(name: string, start: () => Promise<LeaseCallsHarness>): void {
  describe(`${name} fulfils the contract of single lease calls`, () => {
    let started: LeaseCallsHarness | undefined;
    const use = (): LeaseCallsHarness => started ?? assert.fail("the store under test did not start");
    before(async () => {
      started = await start();
    });
    after(() => started?.close());

    test("a grant with a chosen ID can be repeated, and keeps the TTL and the keys", async () => {
      const store = await use().connect();
      const granted = await store.grantLease(CHOSEN, TTL_MS);
      assert.equal(granted.id, CHOSEN);
      assert.ok(granted.ttlMs >= TTL_MS);
      await store.txn({ onSuccess: [{ put: "chosen/a", value: "", lease: CHOSEN }] });
      assert.deepEqual(await store.grantLease(CHOSEN, TTL_MS * 10), granted);
      assert.deepEqual((await store.readLease(CHOSEN))?.keys, ["chosen/a"]);
      await store.revokeLease(CHOSEN);
    });

    test("a grant without an ID gets a new one each time", async () => {
      const store = await use().connect();
      const [one, other] = [await store.grantLease(undefined, TTL_MS), await store.grantLease(undefined, TTL_MS)];
      assert.notEqual(one.id, other.id);
      for (const { id } of [one, other]) await store.revokeLease(id);
    });

    test("a lease lasts while it is renewed, and no longer", async () => {
      const harness = use();
      const store = await harness.connect();
      const { id, ttlMs } = await store.grantLease(undefined, TTL_MS);
      await store.txn({ onSuccess: [{ put: "renewed/a", value: "", lease: id }] });
      for (let round = 0; round < 4; round += 1) {
        await harness.elapse(ttlMs / 2);
        assert.equal(await store.renewLease(id), ttlMs);
      }
      await eventually(harness, "its end", async () => (await store.range({ prefix: "renewed/" })).count === 0);
      assert.equal(await store.readLease(id), undefined);
      assert.equal(await store.renewLease(id), undefined);
    });

    test("a reading tells the time and all keys; a revoked lease has neither", async () => {
      const store = await use().connect();
      const { id, ttlMs } = await store.grantLease(undefined, TTL_MS * 10);
      assert.deepEqual((await store.readLease(id))?.keys, []);
      await store.txn({ onSuccess: ["read/a", "read/ü"].map((put) => ({ put, value: "", lease: id })) });
      const reading = await store.readLease(id);
      assert.deepEqual(reading?.keys.toSorted(), ["read/a", "read/ü"]);
      assert.equal(reading?.ttlMs, ttlMs);
      assert.ok(reading.surelyLeftMs <= reading.leftMs && reading.surelyLeftMs > ttlMs / 2);
      await store.revokeLease(id);
      await store.revokeLease(id);
      assert.equal((await store.range({ prefix: "read/" })).count, 0);
      assert.equal(await store.readLease(id), undefined);
      assert.equal(await store.renewLease(id), undefined);
    });
  });
}
