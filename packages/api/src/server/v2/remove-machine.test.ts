import assert from "node:assert/strict";
import { test } from "node:test";
import { MACHINE_A, MACHINE_B, testApi } from "../api.fixture.ts";
import { errorIn, placed } from "./v2.fixture.ts";

const MEMBER = { generation: "1", metadata: { zone: "a" } };
const MACHINE = `/fleet/v2/machines/${MACHINE_A}`;

test("a removed machine is no longer listed, and its settings are gone", async (t) => {
  const api = await testApi(t);
  await placed(api, undefined, [MACHINE_A, MACHINE_B]);
  await api.put(`member/${MACHINE_A}`, MEMBER);
  assert.deepEqual(await listed(api), [
    { id: MACHINE_A, metadata: { zone: "a" }, vouched: ["zone"] },
    { id: MACHINE_B, metadata: {}, vouched: undefined },
  ]);
  await api.call("PATCH", `${MACHINE}/metadata`, { body: { set: { disk: "ssd" } } });
  assert.equal((await api.call("DELETE", MACHINE)).status, 204);
  assert.deepEqual(
    (await listed(api)).map(({ id }) => id),
    [MACHINE_B],
  );
  assert.equal((await api.store.range({ prefix: `machine-settings/${MACHINE_A}`, exact: true })).count, 0);
});

test("metadata that a join token vouched for cannot be set or unset", async (t) => {
  const api = await testApi(t);
  await api.put(`member/${MACHINE_A}`, MEMBER);
  for (const body of [{ set: { zone: "b" } }, { unset: ["zone"] }]) {
    const answer = await api.call("PATCH", `${MACHINE}/metadata`, { body });
    assert.deepEqual([answer.status, errorIn(answer).id], [409, "metadata-vouched"]);
  }
  const v1 = [{ op: "add", path: `/${MACHINE_A}/metadata/zone`, value: "b" }];
  assert.equal((await api.call("PATCH", "/fleet/v1/machines", { body: v1 })).status, 409);
});

test("a server and an unknown machine are not removed", async (t) => {
  const api = await testApi(t);
  const unknown = await api.call("DELETE", MACHINE);
  assert.deepEqual([unknown.status, errorIn(unknown).id], [404, "machine-not-found"]);
  await placed(api);
  const server = await api.call("DELETE", MACHINE);
  assert.deepEqual([server.status, errorIn(server).id], [409, "machine-is-server"]);
  assert.equal((await listed(api)).length, 1);
});

interface Listed {
  readonly id: string;
  readonly metadata: unknown;
  readonly vouched?: unknown;
}

async function listed(api: Awaited<ReturnType<typeof testApi>>): Promise<Listed[]> {
  const { machines } = (await api.call("GET", "/fleet/v2/machines")).json as { machines: Listed[] };
  return machines.map(({ id, metadata, vouched }) => ({ id, metadata, vouched }));
}
