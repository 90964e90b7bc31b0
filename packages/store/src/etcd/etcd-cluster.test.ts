import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { calls } from "../contract/ending-contract.ts";
import { eventually, WatchRecorder } from "../contract/index.ts";
import { createOnce, isOutage, untilServed } from "./until-served.fixture.ts";
import { keyOf } from "../port/index.ts";
import { EtcdClusterFixture, TIMEOUT_MS } from "./etcd-cluster.fixture.ts";

// In parallel, because the tests mostly wait for elections.
describe("an etcd of three members", { concurrency: true }, () => {
  test("without a quorum calls fail in time; after it returns, watches have missed nothing", async () => {
    await using etcd = await EtcdClusterFixture.start();
    const store = etcd.client();
    const lease = await untilServed(etcd, "a lease to be granted", () => store.grant(30_000));
    const seen = new WatchRecorder(store, { prefix: "q/", from: 1 });
    await createOnce(etcd, store, "q/before");
    await eventually(etcd, "the first event", () => seen.events.length === 1);
    const { followers } = await etcd.roles();
    await Promise.all(followers.map((member) => member.crash()));

    // Until the remaining member notices, it answers questions about unknown leases without the others.
    await assert.rejects(store.revision(), isOutage);
    const begun = performance.now();
    const results = await Promise.allSettled(Object.values(calls).map((call) => call(store)));
    assert.ok(performance.now() - begun < TIMEOUT_MS * 5);
    for (const result of results)
      assert.ok(result.status === "rejected" && isOutage(result.reason), JSON.stringify(result));
    assert.equal(seen.error, undefined);

    await Promise.all(followers.map((member) => member.resume()));
    for (const key of ["q/1", "q/2", "q/3"]) await createOnce(etcd, store, key);
    await eventually(etcd, "every event", () => seen.events.length >= 4, 15_000);
    assert.deepEqual(keysOf(seen), ["q/before", "q/1", "q/2", "q/3"]);
    assert.equal(lease.lost.aborted, false);
    await seen.stop();
  });

  for (const [how, end] of [
    ["crashes", (member: { crash(): Promise<void> }) => member.crash()],
    ["hangs", async (member: { freeze(): void }) => member.freeze()],
  ] as const) {
    test(`the leader of etcd ${how}: another member takes over, and no watch misses a change`, async () => {
      await using etcd = await EtcdClusterFixture.start();
      const { leader, followers } = await etcd.roles();
      // One client must leave the leader; the member of the other client loses its leader.
      const endpoints = [leader, ...followers].map(({ endpoint }) => endpoint);
      const stores = [etcd.client(endpoints), etcd.client(endpoints.slice(1))];
      const watches = stores.map((store) => new WatchRecorder(store, { prefix: "l/", from: 1 }));
      const [writer] = stores;
      assert.ok(writer);
      await createOnce(etcd, writer, "l/0");
      await eventually(etcd, "the first event", () => watches.every(({ events }) => events.length === 1));
      await end(leader);
      for (const key of ["l/1", "l/2", "l/3"]) await createOnce(etcd, writer, key);
      await eventually(etcd, "every event", () => watches.every(({ events }) => events.length >= 4), 15_000);
      for (const watch of watches) {
        assert.deepEqual(keysOf(watch), ["l/0", "l/1", "l/2", "l/3"]);
        await watch.stop();
      }
    });
  }
});

function keysOf(seen: WatchRecorder): string[] {
  return seen.events.map(keyOf);
}
