import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "@flotilla/runtime";
import { MemoryStore } from "@flotilla/store/memory";
import { keys } from "./keys.ts";
import { MembershipRegistry } from "./membership-registry.ts";
import { ServerDirectory } from "./server-directory.ts";

const [A, B] = ["a".repeat(32), "b".repeat(32)];

test("servers announce themselves once, and again when their address has changed", async (t) => {
  const memory = new MemoryStore({ clock: systemClock });
  t.after(() => memory.close());
  const store = memory.connect();
  const servers = new ServerDirectory(store);
  const a = { machineID: A, host: "10.0.0.1", peerPort: 7333, issuer: "i" };
  const b = { machineID: B, host: "10.0.0.2", peerPort: 7333, issuer: "i" };
  assert.deepEqual(await servers.list(), []);
  await servers.announce(a);
  await servers.announce(b);
  const { revision } = await store.range({ prefix: "" });
  await servers.announce(a);
  assert.equal((await store.range({ prefix: "" })).revision, revision);
  const other = { ...b, host: "10.0.0.3", issuer: "j" };
  await servers.announce(other);
  assert.deepEqual(await servers.list(), [a, other]);
});

test("a server that is gone for good is removed as a machine", async (t) => {
  const memory = new MemoryStore({ clock: systemClock });
  t.after(() => memory.close());
  const store = memory.connect();
  const servers = new ServerDirectory(store);
  await servers.announce({ machineID: A, host: "10.0.0.1", peerPort: 7333, issuer: "i" });
  assert.equal(await new MembershipRegistry(store).remove(A), "removed");
  assert.deepEqual(await servers.list(), []);
  assert.equal(await new MembershipRegistry(store).remove(A), "unknown");
});

test("a malformed or unreadable record is left out", async (t) => {
  const memory = new MemoryStore({ clock: systemClock });
  t.after(() => memory.close());
  const store = memory.connect();
  for (const [key, value] of [
    [keys.server(A), "{"],
    [keys.server(B), '{"host":7,"peerPort":7333}'],
    ["server/x/y", '{"host":"10.0.0.1","peerPort":7333}'],
  ] as const)
    await store.txn({ onSuccess: [{ put: key, value }] });
  assert.deepEqual(await new ServerDirectory(store).list(), []);
});
