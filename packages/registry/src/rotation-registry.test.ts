import assert from "node:assert/strict";
import { test } from "node:test";
import { keys } from "./keys.ts";
import { memoryCluster } from "./memory-cluster.fixture.ts";
import { MembershipRegistry } from "./membership-registry.ts";
import { RotationRegistry } from "./rotation-registry.ts";
import { ServerDirectory } from "./server-directory.ts";

const [SERVER, AGENT, OTHER] = ["a".repeat(32), "b".repeat(32), "c".repeat(32)];
const SHOWN = { generation: "g1", issuer: "new" };

async function lab() {
  const { store } = memoryCluster();
  const put = async (key: string, value: object): Promise<void> => {
    await store.txn({ onSuccess: [{ put: key, value: JSON.stringify(value) }] });
  };
  await new ServerDirectory(store).announce({ machineID: SERVER, host: "h", peerPort: 1, issuer: "old" });
  await put(keys.member(AGENT), { generation: "g1" });
  return { store, put, rotations: new RotationRegistry(store) };
}

test("what an agent has shown counts for its present membership", async () => {
  const { put, rotations } = await lab();
  const issuer = async () => (await rotations.machines()).agents.map((agent) => agent.issuer);
  assert.deepEqual(await issuer(), [undefined]);
  await rotations.note(AGENT, SHOWN);
  assert.deepEqual(await issuer(), ["new"]);
  await put(keys.member(AGENT), { generation: "g2" });
  assert.deepEqual(await issuer(), [undefined], "it has joined again");
  await put(keys.rotation(AGENT), { generation: 7 });
  assert.deepEqual(await issuer(), [undefined], "unreadable");
});

test("servers are told by their own records, also those that have joined with a token", async () => {
  const { put, rotations } = await lab();
  await put(keys.member(SERVER), { generation: "g", server: true });
  await put(keys.member(OTHER), { generation: "g", server: true });
  const { servers, agents } = await rotations.machines();
  assert.deepEqual(
    servers.map(({ machineID, issuer }) => [machineID, issuer]),
    [[SERVER, "old"]],
  );
  assert.deepEqual(
    agents.map(({ machineID }) => machineID),
    [AGENT],
  );
});

test("a note is written once, never for a machine that is no member, and goes with the membership", async () => {
  const { store, rotations } = await lab();
  const shown = async () => (await store.range({ prefix: keys.rotations })).entries;
  await rotations.note(AGENT, SHOWN);
  const { revision } = await store.range({ prefix: "" });
  await rotations.note(AGENT, SHOWN);
  assert.equal((await store.range({ prefix: "" })).revision, revision);
  await rotations.note(OTHER, SHOWN);
  assert.equal((await shown()).length, 1);
  assert.equal(await new MembershipRegistry(store).remove(AGENT), "removed");
  assert.deepEqual(await shown(), []);
});
