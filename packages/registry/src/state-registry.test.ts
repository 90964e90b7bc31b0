import assert from "node:assert/strict";
import { test } from "node:test";
import type { UnitState } from "@flotilla/model";
import { memoryCluster } from "./memory-cluster.fixture.ts";
import { StatesTakenOverError } from "./registry-error.ts";
import { StateRegistry } from "./state-registry.ts";

const ACTIVE: UnitState = {
  ...{ name: "a.service", machineID: "m1", hash: "h", load: "loaded", active: "active", sub: "running" },
  ...{ launched: true, restarted: 0, secrets: 0, gaveUp: false, cleared: 0, problem: "" },
};

function changes(...names: readonly string[]): Map<string, UnitState> {
  return new Map(names.map((name) => [name, { ...ACTIVE, name }]));
}

test("a write or deletion of states under an earlier claim has no effect", async () => {
  const { store } = memoryCluster();
  const states = new StateRegistry(store, "m1");
  const lease = await store.grant(10_000);
  const dead = await states.claim(lease.id);
  await states.publish(changes("a.service"), dead);
  const successor = await states.claim(lease.id);
  await states.publish(changes("b.service"), successor);
  for (const late of [changes("c.service"), new Map([["a.service", undefined]])])
    await assert.rejects(states.publish(late, dead), StatesTakenOverError);
  assert.deepEqual([...(await states.published(lease.id)).keys()], ["a.service", "b.service"]);
});

test("a claim ends with its lease, after which states cannot be deleted", async () => {
  const { store } = memoryCluster();
  const states = new StateRegistry(store, "m1");
  const [old, next] = [await store.grant(10_000), await store.grant(10_000)];
  const claim = await states.claim(old.id);
  await old.revoke();
  await store.txn({ onSuccess: [{ put: "state/m1/a.service", value: JSON.stringify(ACTIVE), lease: next.id }] });
  await assert.rejects(states.publish(new Map([["a.service", undefined]]), claim), StatesTakenOverError);
  assert.deepEqual([...(await states.published(next.id)).keys()], ["a.service"]);
});

test("states that exceed one transaction are published, whatever another machine claims", async () => {
  const { store } = memoryCluster();
  const states = new StateRegistry(store, "m1");
  const lease = await store.grant(10_000);
  const claim = await states.claim(lease.id);
  await new StateRegistry(store, "m2").claim(lease.id);
  await states.publish(changes(...Array.from({ length: 300 }, (_, index) => `${index}.service`)), claim);
  assert.equal((await states.published(lease.id)).size, 300);
});

test("a state without a lease is deleted by its machine's next claim", async () => {
  const { store } = memoryCluster();
  const states = new StateRegistry(store, "m1");
  const lease = await store.grant(10_000);
  await store.txn({
    onSuccess: [
      { put: "state/m1/a.service", value: JSON.stringify(ACTIVE) },
      { put: "state/m2/a.service", value: "" },
    ],
  });
  await states.claim(lease.id);
  assert.equal((await states.published(lease.id)).size, 0);
  assert.deepEqual(
    (await store.range({ prefix: "state/" })).entries.map(({ key }) => key),
    ["state/m2/a.service"],
  );
});
