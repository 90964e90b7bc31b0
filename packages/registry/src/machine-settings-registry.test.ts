import assert from "node:assert/strict";
import { test } from "node:test";
import { MachineSettingsRegistry } from "./machine-settings-registry.ts";
import { memoryCluster } from "./memory-cluster.fixture.ts";

test("edits lie over what was set before, and the last one of a key wins", async () => {
  const { store } = memoryCluster();
  const settings = new MachineSettingsRegistry(store);
  await settings.edit([{ machineID: "m", metadata: { a: "1", b: "1" } }]);
  await settings.edit([
    { machineID: "m", metadata: { b: "2" } },
    { machineID: "m", metadata: { b: null } },
    { machineID: "other", metadata: { c: "3" } },
  ]);
  const read = async (id: string): Promise<unknown> =>
    JSON.parse((await store.range({ prefix: `machine-settings/${id}` })).entries[0]?.value ?? "");
  assert.deepEqual(await read("m"), { metadata: { a: "1", b: null } });
  assert.deepEqual(await read("other"), { metadata: { c: "3" } });
});

test("two editors at once lose nothing", async () => {
  const { store } = memoryCluster();
  const settings = new MachineSettingsRegistry(store);
  await Promise.all(["a", "b", "c", "d"].map((key) => settings.edit([{ machineID: "m", metadata: { [key]: "1" } }])));
  const entry = (await store.range({ prefix: "machine-settings/m" })).entries[0];
  assert.deepEqual(JSON.parse(entry?.value ?? ""), { metadata: { a: "1", b: "1", c: "1", d: "1" } });
});

test("what was set or taken away is dropped by a reset", async () => {
  const { store } = memoryCluster();
  const settings = new MachineSettingsRegistry(store);
  await settings.edit([{ machineID: "m", metadata: { a: "1", b: null, c: "1" } }]);
  await settings.edit([{ machineID: "m", reset: ["a", "b", "none"], metadata: { a: "2" } }]);
  const entry = (await store.range({ prefix: "machine-settings/m" })).entries[0];
  assert.deepEqual(JSON.parse(entry?.value ?? ""), { metadata: { c: "1", a: "2" } });
});

test("a machine of which everything is reset keeps no record", async () => {
  const { store } = memoryCluster();
  const settings = new MachineSettingsRegistry(store);
  const count = async (): Promise<number> => (await store.range({ prefix: "machine-settings/" })).entries.length;
  for (const reset of [["a", "b"], "all"] as const) {
    await settings.edit([{ machineID: "m", metadata: { a: "1", b: null } }]);
    assert.equal(await count(), 1);
    await settings.edit([{ machineID: "m", reset, metadata: {} }]);
    assert.equal(await count(), 0);
    await settings.edit([{ machineID: "m", reset, metadata: {} }]);
    assert.equal(await count(), 0);
  }
});
