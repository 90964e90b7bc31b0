import assert from "node:assert/strict";
import { test } from "node:test";
import { digestText } from "@flotilla/unit";
import { AuthorityRegistry } from "./authority-registry.ts";
import { keys } from "./keys.ts";
import { memoryCluster } from "./memory-cluster.fixture.ts";

const AUTHORITY = { certificate: "c", privateKey: "k" };

test("the first authority stays when another server creates one", async () => {
  const { store } = memoryCluster();
  const daemons = [new AuthorityRegistry(store), new AuthorityRegistry(store)];
  const obtained = await Promise.all(
    daemons.map((registry, index) => registry.obtain(async () => ({ ...AUTHORITY, certificate: `c${index}` }))),
  );
  assert.deepEqual(obtained[0], obtained[1]);
});

for (const garbage of ["", "garbage", "[]", '{"certificate":"c"}', '{"certificate":1,"privateKey":"k"}']) {
  test(`an authority that reads ${JSON.stringify(garbage)} is reported as unusable and is not replaced`, async () => {
    const { store } = memoryCluster();
    await store.txn({ onSuccess: [{ put: "identity/ca", value: garbage }] });
    const obtain = new AuthorityRegistry(store).obtain(() => assert.fail("made"));
    await assert.rejects(obtain, {
      code: "authority-unusable",
      message: /identity\/ca.*: its value is not JSON with a certificate/,
    });
  });
}

test("the identity has the origin that an earlier version computed, and a missing identity is written again", async () => {
  const { store } = memoryCluster();
  const value = JSON.stringify(AUTHORITY);
  await store.txn({ onSuccess: [{ put: keys.authority, value }] });
  for (const when of ["after an upgrade", "after a deletion"]) {
    await new AuthorityRegistry(store).obtain(() => assert.fail("made"));
    const [identity] = (await store.range({ prefix: keys.identity, exact: true })).entries;
    assert.deepEqual(JSON.parse(identity?.value ?? ""), { origin: digestText(value) }, when);
    await store.txn({ onSuccess: [{ delete: keys.identity }] });
  }
});

test("the identity stays when an operator deletes the authority, so that no server takes the store for another one", async () => {
  const { store } = memoryCluster();
  const registry = new AuthorityRegistry(store);
  const read = async (): Promise<string | undefined> =>
    (await store.range({ prefix: keys.identity, exact: true })).entries[0]?.value;
  await registry.obtain(async () => AUTHORITY);
  const before = await read();
  await store.txn({ onSuccess: [{ delete: keys.authority }] });
  const other = { ...AUTHORITY, certificate: "other" };
  assert.deepEqual(await registry.obtain(async () => other), other);
  assert.equal(await read(), before);
  assert.ok(before);
});
