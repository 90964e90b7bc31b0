import assert from "node:assert/strict";
import { test } from "node:test";
import { keys } from "./keys.ts";
import { memoryCluster } from "./memory-cluster.fixture.ts";
import { MembershipRegistry } from "./membership-registry.ts";
import type { JoinTokenRecord, MemberRecord } from "./records.ts";
import { type StoredToken, TokenRegistry } from "./token-registry.ts";

const ID = "abcdefghi0";
const TOKEN: JoinTokenRecord = {
  kind: "join",
  name: "racks",
  hash: "h",
  createdAt: 1,
  expiresAt: 2,
  usesLeft: 2,
  metadata: { zone: "a" },
  server: false,
};
const MEMBER: MemberRecord = {
  generation: "1",
  key: "k",
  metadata: TOKEN.metadata,
  token: TOKEN.name,
  joinedAt: 1,
  server: false,
};

async function stored(tokens: TokenRegistry): Promise<StoredToken<JoinTokenRecord>> {
  const token = (await tokens.read(ID)) ?? assert.fail();
  const { record } = token;
  return record.kind === "join" ? { ...token, record } : assert.fail();
}

test("a token is created once, and read without its unreadable fields", async () => {
  const { store } = memoryCluster();
  const tokens = new TokenRegistry(store);
  assert.equal(await tokens.read(ID), undefined);
  await tokens.create(ID, TOKEN);
  assert.deepEqual((await tokens.read(ID))?.record, TOKEN);
  await assert.rejects(tokens.create(ID, TOKEN), { code: "conflict" });
  await store.txn({ onSuccess: [{ put: keys.token(ID), value: '{"kind":"later"}' }] });
  assert.equal(await tokens.read(ID), undefined);
});

test("each admission takes one use, and a machine is admitted once, whatever runs at the same time", async () => {
  const { store } = memoryCluster();
  const [tokens, members] = [new TokenRegistry(store), new MembershipRegistry(store)];
  await tokens.create(ID, TOKEN);
  const admit = async (machineID: string): Promise<boolean> => {
    const admission = { machineID, record: MEMBER, memberRevision: 0, token: await stored(tokens) };
    return (await members.admit(admission)) !== undefined;
  };
  const results = await Promise.all(["m1", "m2", "m3"].map(admit));
  assert.deepEqual(results.filter(Boolean).length, 1, "all have read the same token");
  const [joined = "m1"] = ["m1", "m2", "m3"].filter((_, index) => results[index]);
  assert.equal((await stored(tokens)).record.usesLeft, 1);
  const { member, memberRevision } = await members.read(joined);
  assert.deepEqual(member, MEMBER);
  assert.notEqual(memberRevision, 0);
  assert.equal(await admit(joined), false);
  assert.equal(await admit("m4"), true);
  assert.equal((await stored(tokens)).record.usesLeft, 0);
});

test("tokens that expired before a time are deleted with their uses, and no others", async () => {
  const { store } = memoryCluster();
  const tokens = new TokenRegistry(store);
  const ids = ["aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc"];
  const [old = "", late = "", endless = ""] = ids;
  const { kind, hash, createdAt, usesLeft, metadata, server } = TOKEN;
  await tokens.create(old, { ...TOKEN, name: "old", expiresAt: 10 });
  await tokens.create(late, { ...TOKEN, name: "late", expiresAt: 11 });
  await tokens.create(endless, { kind, hash, createdAt, usesLeft, metadata, server, name: "endless" });
  for (const id of ids) await tokens.noteUse(id, "m1", 1);
  assert.deepEqual(await tokens.deleteExpired(10), ["old"]);
  assert.deepEqual(await tokens.deleteExpired(10), []);
  const { entries } = await store.range({ prefix: "token" });
  assert.deepEqual(
    entries.map(({ key }) => key),
    [keys.token(late), keys.token(endless), keys.tokenUse(late), keys.tokenUse(endless)].toSorted(),
  );
});
