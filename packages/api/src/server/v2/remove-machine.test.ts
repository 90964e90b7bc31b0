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

test("routes take a machine by the beginning of its ID, its host name or its address; several are refused", async (t) => {
  const api = await testApi(t);
  for (const [id, hostname] of [
    [MACHINE_A, "web1.example.com"],
    [MACHINE_B, "web1"],
  ] as const)
    await api.put(`machine/${id}`, { id, hostname, primaryIP: `10.0.0.${hostname.length}` });
  for (const name of ["web1.example.com", "10.0.0.16", MACHINE_A.slice(0, 4)]) {
    const answer = await api.call("PATCH", `/fleet/v2/machines/${name}/metadata`, { body: { set: { [name]: "x" } } });
    assert.equal(answer.status, 204, answer.text);
  }
  const all = await listed(api);
  assert.deepEqual(all[0]?.metadata, { "web1.example.com": "x", "10.0.0.16": "x", [MACHINE_A.slice(0, 4)]: "x" });
  const error = errorIn(await api.call("DELETE", "/fleet/v2/machines/web1/metadata"));
  assert.equal(error.id, "ambiguous-machine");
  assert.equal(error.reasons?.length, 2);
  assert.equal((await api.call("DELETE", "/fleet/v2/machines/fd00::1")).status, 404);
  assert.equal((await api.call("GET", "/fleet/v2/states?machineID=web1.example.com")).status, 200);
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
