import assert from "node:assert/strict";
import { test } from "node:test";
import { tokenHash } from "@flotilla/access";
import { keys } from "./keys.ts";
import { memoryCluster } from "./memory-cluster.fixture.ts";
import { MOST_TOKENS, newTokenSecret, TokenRegistry } from "./token-registry.ts";

const VIEWER = {
  kind: "api",
  name: "ann",
  hash: tokenHash("secret"),
  createdAt: 5,
  role: "viewer",
  units: [],
  machineMetadata: {},
  users: [],
} as const;
const [ANN, ZOE] = ["ann0000000", "zoe0000000"];
const HOUR = 3_600_000;

test("a new token has a random ID and 256 random bits", () => {
  const [one, other] = [newTokenSecret(), newTokenSecret()];
  assert.notEqual(one.id, other.id);
  assert.equal(Buffer.from(one.secret, "base64url").length, 32);
  assert.match(keys.token(one.id), /^token\/[a-z0-9]{10}$/);
});

test("two tokens cannot have one name", async () => {
  const tokens = new TokenRegistry(memoryCluster().store);
  await tokens.create(ANN, VIEWER);
  await assert.rejects(tokens.create(ZOE, VIEWER), { code: "token-refused", message: /name ann exists; revoke it/ });
});

test("a cluster has at most 1,000 tokens", async () => {
  const { store } = memoryCluster();
  const names = Array.from({ length: MOST_TOKENS }, (_, index) => `token/${String(index).padStart(10, "0")}`);
  for (const put of names) await store.txn({ onSuccess: [{ put, value: "" }] });
  await assert.rejects(new TokenRegistry(store).create(ANN, VIEWER), /has 1000 tokens, the maximum/);
});

test("tokens are listed by name with their last use, without those that cannot be read", async () => {
  const { store } = memoryCluster();
  const tokens = new TokenRegistry(store);
  await tokens.create(ZOE, { ...VIEWER, name: "zoe" });
  await tokens.create(ANN, VIEWER);
  await tokens.noteUse(ZOE, "m", 7);
  await store.txn({ onSuccess: [{ put: keys.token("0000000000"), value: '{"kind":"of a later version"}' }] });
  const listed = (await tokens.list()).tokens.map(({ record, lastUsedAt }) => [record.name, lastUsedAt]);
  assert.deepEqual(listed, [
    ["ann", undefined],
    ["zoe", 7],
  ]);
});

test("a token is revoked by its ID or its name, with the note of its use", async () => {
  const { store } = memoryCluster();
  const tokens = new TokenRegistry(store);
  await tokens.create(ANN, VIEWER);
  await tokens.create(ZOE, { ...VIEWER, name: "zoe" });
  await tokens.noteUse(ANN, "m", 7);
  assert.deepEqual((await tokens.revoke("ann")).ids, [ANN]);
  assert.deepEqual((await tokens.revoke(ZOE)).ids, [ZOE]);
  assert.deepEqual((await tokens.revoke("nobody")).ids, []);
  assert.deepEqual((await store.range({ prefix: "" })).entries, []);
});

test("a use is noted at most once an hour, and never for a revoked token", async () => {
  const { store } = memoryCluster();
  const tokens = new TokenRegistry(store);
  await tokens.create(ANN, VIEWER);
  const used = async (now: number): Promise<unknown> => {
    await tokens.noteUse(ANN, "m", now);
    return (await tokens.list()).tokens[0]?.lastUsedAt;
  };
  assert.equal(await used(HOUR), HOUR);
  assert.equal(await used(2 * HOUR - 1), HOUR);
  assert.equal(await used(2 * HOUR), 2 * HOUR);
  assert.equal(await used(HOUR), HOUR, "a clock that was set back is followed");
  await tokens.revoke("ann");
  await tokens.noteUse(ANN, "m", 9 * HOUR);
  assert.deepEqual((await store.range({ prefix: "" })).entries, []);
});
