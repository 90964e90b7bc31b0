import assert from "node:assert/strict";
import { test } from "node:test";
import { MachineSettingsRegistry, MOST_EDITED_BYTES, MOST_SETTINGS_BYTES } from "./machine-settings-registry.ts";
import { memoryCluster } from "./memory-cluster.fixture.ts";

test("edits are merged with earlier settings, and the last edit of a key wins", async () => {
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

test("60 concurrent edits of one machine through three daemons all succeed", async () => {
  const { store } = memoryCluster();
  const daemons = [1, 2, 3].map(() => new MachineSettingsRegistry(store));
  const keys = Array.from({ length: 60 }, (_, index) => `k${index}`);
  const edits = keys.map((key, index) => ({ daemon: daemons[index % 3], metadata: { [key]: "1" } }));
  await Promise.all(edits.map(async ({ daemon, metadata }) => daemon?.edit([{ machineID: "m", metadata }])));
  const entry = (await store.range({ prefix: "machine-settings/m" })).entries[0];
  assert.deepEqual(Object.keys((JSON.parse(entry?.value ?? "") as { metadata: object }).metadata).sort(), keys.sort());
});

test("the cost of a thousand edits of one machine grows linearly", async () => {
  const { store } = memoryCluster();
  const settings = new MachineSettingsRegistry(store);
  const edits = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ machineID: "m", metadata: { [`k${index}`]: "1" } }));
  const timed = async (count: number): Promise<number> => {
    const begun = performance.now();
    await settings.edit(edits(count));
    return performance.now() - begun;
  };
  await timed(1_000);
  const least = async (count: number): Promise<number> =>
    Math.min(await timed(count), await timed(count), await timed(count));
  // Ten times as many edits would cost a hundred times as much if each copied the existing settings.
  const [few, many] = [await least(400), await least(4_000)];
  assert.ok(many < 40 * few, `400 took ${few} ms, 4,000 took ${many} ms`);
});

test("settings too large for the store are refused without a change, and smaller settings succeed", async () => {
  const { store } = memoryCluster();
  const settings = new MachineSettingsRegistry(store);
  const values = (bytes: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: bytes / 1024 }, (_, index) => [`k${index}`, "v".repeat(1000)]));
  const isRefused = { code: "settings-too-large" };
  await assert.rejects(settings.edit([{ machineID: "m", metadata: values(MOST_SETTINGS_BYTES + 2048) }]), isRefused);
  assert.equal((await store.range({ prefix: "machine-settings/" })).count, 0);
  const machines = Array.from({ length: 2 * (MOST_EDITED_BYTES / MOST_SETTINGS_BYTES) }, (_, index) => `m${index}`);
  const many = machines.map((machineID) => ({ machineID, metadata: values(MOST_SETTINGS_BYTES - 2048) }));
  await assert.rejects(settings.edit(many), isRefused);
  // As an earlier version could write it.
  const before = JSON.stringify({ metadata: values(2 * MOST_SETTINGS_BYTES) });
  await store.txn({ onSuccess: [{ put: "machine-settings/m", value: before }] });
  await assert.rejects(settings.edit([{ machineID: "m", metadata: { one: "more" } }]), isRefused);
  await settings.edit([{ machineID: "m", reset: ["k0"], metadata: {} }]);
});

test("two concurrent editors lose no edit", async () => {
  const { store } = memoryCluster();
  const settings = new MachineSettingsRegistry(store);
  await Promise.all(["a", "b", "c", "d"].map((key) => settings.edit([{ machineID: "m", metadata: { [key]: "1" } }])));
  const entry = (await store.range({ prefix: "machine-settings/m" })).entries[0];
  assert.deepEqual(JSON.parse(entry?.value ?? ""), { metadata: { a: "1", b: "1", c: "1", d: "1" } });
});

test("a reset drops settings and removals", async () => {
  const { store } = memoryCluster();
  const settings = new MachineSettingsRegistry(store);
  await settings.edit([{ machineID: "m", metadata: { a: "1", b: null, c: "1" } }]);
  await settings.edit([{ machineID: "m", reset: ["a", "b", "none"], metadata: { a: "2" } }]);
  const entry = (await store.range({ prefix: "machine-settings/m" })).entries[0];
  assert.deepEqual(JSON.parse(entry?.value ?? ""), { metadata: { c: "1", a: "2" } });
});

test("a machine without settings after a reset has no settings record", async () => {
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
