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

test("a rotation writes only over the authority that it was decided on, and forgets what machines have shown", async () => {
  const { store } = memoryCluster();
  const registry = new AuthorityRegistry(store);
  assert.equal(await registry.read(), undefined);
  await registry.obtain(async () => AUTHORITY);
  const known = (await registry.read()) ?? assert.fail();
  await store.txn({ onSuccess: [{ put: keys.rotation("m1"), value: "{}" }] });
  const previous = { certificate: "c", cross: "x", replacedAt: 5 };
  const next = { certificate: "d", privateKey: "l", previous };
  assert.ok(await registry.replace(next, known.revision));
  assert.equal(await registry.replace({ ...next, certificate: "e" }, known.revision), undefined);
  assert.deepEqual((await store.range({ prefix: keys.rotations })).entries, []);
  const replaced = (await registry.read()) ?? assert.fail();
  assert.deepEqual(replaced.record, next);
  assert.deepEqual(await registry.obtain(() => assert.fail("made")), next);
  await store.txn({ onSuccess: [{ put: keys.rotation("m1"), value: "{}" }] });
  const drop = { revision: known.revision, droppedAt: 9, vouches: false };
  assert.equal(await registry.drop(next, drop), undefined);
  assert.ok(await registry.drop(next, { ...drop, revision: replaced.revision }));
  const silent = { certificate: "c", replacedAt: 5, droppedAt: 9 };
  assert.deepEqual((await registry.read())?.record, { ...next, previous: silent });
  assert.deepEqual((await store.range({ prefix: keys.rotations })).entries, []);
});

test("the end of a rotation may leave the word of the former authority", async () => {
  const { store } = memoryCluster();
  const registry = new AuthorityRegistry(store);
  const next = { ...AUTHORITY, previous: { certificate: "c", cross: "x", replacedAt: 5 } };
  await registry.obtain(async () => next);
  const { revision } = (await registry.read()) ?? assert.fail();
  await registry.drop(next, { revision, droppedAt: 9, vouches: true });
  assert.deepEqual((await registry.read())?.record, { ...next, previous: { ...next.previous, droppedAt: 9 } });
});

test("an authority whose former one cannot be read is still the authority", async () => {
  const { store } = memoryCluster();
  const value = JSON.stringify({ ...AUTHORITY, previous: { certificate: 7 } });
  await store.txn({ onSuccess: [{ put: keys.authority, value }] });
  assert.deepEqual(await new AuthorityRegistry(store).obtain(() => assert.fail("made")), {
    ...AUTHORITY,
    previous: undefined,
  });
});
