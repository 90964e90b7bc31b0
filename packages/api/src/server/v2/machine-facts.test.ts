import assert from "node:assert/strict";
import { test } from "node:test";
import { MACHINE_A, MACHINE_B, testApi } from "../api.fixture.ts";

test("machines show what they keep, promise and have, and an earlier version's machine shows none of it", async (t) => {
  const api = await testApi(t);
  const capacity = { cpus: 4, memoryBytes: 2 ** 33, diskBytes: 2 ** 40 };
  const shares = { reserve: { cpu: 500, memory: 2 ** 30 }, overcommit: { cpu: 2 }, maxUnits: 50 };
  const capabilities = { has: ["docker", "podman"], arch: ["x86-64"] };
  const told = { capacity, ...shares, capabilities };
  await api.put(`machine/${MACHINE_A}`, { id: MACHINE_A, metadata: { region: "eu" }, ...told });
  await api.put(`machine/${MACHINE_B}`, { id: MACHINE_B, capacity: { cpus: 1, memoryBytes: 1 } });
  const { machines } = (await api.call("GET", "/fleet/v2/machines")).json as { machines: Record<string, unknown>[] };
  const [first, second] = [MACHINE_A, MACHINE_B].map((wanted) => machines.find(({ id }) => id === wanted));
  for (const [field, value] of Object.entries(told)) assert.deepEqual(first?.[field], value);
  for (const field of ["reserve", "overcommit", "maxUnits", "capabilities"]) assert.ok(second && !(field in second));
  const v1 = (await api.call("GET", "/fleet/v1/machines")).json as { machines: Record<string, unknown>[] };
  assert.deepEqual(
    v1.machines.find(({ id }) => id === MACHINE_A),
    { id: MACHINE_A, metadata: { region: "eu" } },
  );
});
