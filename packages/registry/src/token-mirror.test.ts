import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setImmediate } from "node:timers/promises";
import { silentLogger } from "@flotilla/runtime";
import { keys } from "./keys.ts";
import { memoryCluster } from "./memory-cluster.fixture.ts";
import { TokenMirror } from "./token-mirror.ts";
import { TokenRegistry } from "./token-registry.ts";

const VIEWER = {
  kind: "api",
  name: "ann",
  hash: "h",
  createdAt: 0,
  role: "viewer",
  units: [],
  machineMetadata: {},
  users: [],
} as const;

const ID = "ann0000000";

async function running(t: TestContext) {
  const { store, clock } = memoryCluster();
  const mirror = new TokenMirror({ store, clock, random: () => 0.5, log: silentLogger });
  const stop = new AbortController();
  const run = mirror.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await run;
  });
  while (!mirror.isKnown) await setImmediate();
  return { store, clock, mirror, tokens: new TokenRegistry(store), signal: stop.signal };
}

test("a new token is found, and ends when it is revoked", async (t) => {
  const { mirror, tokens, signal } = await running(t);
  await tokens.create(ID, VIEWER);
  await mirror.fresh(signal);
  const token = mirror.find(ID);
  assert.equal(token?.record.name, "ann");
  await tokens.revoke(ID);
  await mirror.fresh(signal);
  assert.equal(mirror.find(ID), undefined);
  assert.match(String(token?.ended.reason), /the token was revoked; use another token/);
});

test("a token ends at its expiry, also without a request", async (t) => {
  const { mirror, tokens, clock, signal } = await running(t);
  await tokens.create(ID, { ...VIEWER, expiresAt: clock.wall() + 1_000 });
  await mirror.fresh(signal);
  const token = mirror.find(ID);
  await clock.advance(999);
  assert.equal(token?.ended.aborted, false);
  await clock.advance(1);
  assert.match(String(token?.ended.reason), /the token has expired/);
  assert.equal(mirror.find(ID), undefined);
});

test("a changed token ends for those who use it, and an unreadable one grants nothing", async (t) => {
  const { store, mirror, tokens, signal } = await running(t);
  await tokens.create(ID, VIEWER);
  await mirror.fresh(signal);
  const before = mirror.find(ID);
  await store.txn({ onSuccess: [{ put: keys.token(ID), value: JSON.stringify({ ...before?.record, role: "god" }) }] });
  await mirror.fresh(signal);
  assert.equal(before?.ended.aborted, true);
  assert.equal(mirror.find(ID), undefined);
});

test("when the server stops, no timer of a token stays", async () => {
  const { store, clock } = memoryCluster();
  const mirror = new TokenMirror({ store, clock, random: () => 0.5, log: silentLogger });
  const stop = new AbortController();
  const run = mirror.run(stop.signal);
  await new TokenRegistry(store).create(ID, { ...VIEWER, expiresAt: clock.wall() + 1_000 });
  await mirror.fresh(stop.signal);
  const token = mirror.find(ID);
  stop.abort();
  await run;
  assert.match(String(token?.ended.reason), /the server stops/);
});
