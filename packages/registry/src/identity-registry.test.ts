import assert from "node:assert/strict";
import { test } from "node:test";
import { IdentityRegistry } from "./identity-registry.ts";
import { memoryCluster } from "./memory-cluster.fixture.ts";

const IDENTITY = { certificate: "c", privateKey: "k" };

test("the first identity stays when another daemon creates one", async () => {
  const { store } = memoryCluster();
  const daemons = [new IdentityRegistry(store), new IdentityRegistry(store)];
  const obtained = await Promise.all(
    daemons.map((registry, index) => registry.obtain(async () => ({ ...IDENTITY, certificate: `c${index}` }))),
  );
  assert.deepEqual(obtained[0], obtained[1]);
});

for (const garbage of ["", "garbage", "[]", '{"certificate":"c"}', '{"certificate":1,"privateKey":"k"}']) {
  test(`an identity that reads ${JSON.stringify(garbage)} is reported as unusable and is not replaced`, async () => {
    const { store } = memoryCluster();
    await store.txn({ onSuccess: [{ put: "identity/ca", value: garbage }] });
    const obtain = new IdentityRegistry(store).obtain(() => assert.fail("made"));
    await assert.rejects(obtain, {
      code: "identity-unusable",
      message: /identity\/ca.*: its value is not JSON with a certificate/,
    });
  });
}
