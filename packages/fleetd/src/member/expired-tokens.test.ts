import assert from "node:assert/strict";
import { test } from "node:test";
import { type JoinTokenRecord, TokenRegistry } from "@flotilla/registry";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import { StoreUnavailableError } from "@flotilla/store";
import { MemoryStore } from "@flotilla/store/memory";
import { deleteExpiredTokens, EXPIRED_TOKENS_STAY_MS } from "./expired-tokens.ts";

const HOUR_MS = 3_600_000;

test("a token is deleted within an hour once it has been expired for a week, also after an outage", async () => {
  const clock = new ManualClock();
  const memory = new MemoryStore({ clock });
  const tokens = new TokenRegistry(memory.connect());
  const record = { kind: "join", hash: "h", createdAt: 0, usesLeft: 1, metadata: {}, server: false } as const;
  const token = (name: string, expiresAt: number): JoinTokenRecord => ({ ...record, name, expiresAt });
  const now = clock.wall();
  await tokens.create("aaaaaaaaaa", token("old", now + HOUR_MS));
  await tokens.create("bbbbbbbbbb", token("new", now + 100 * EXPIRED_TOKENS_STAY_MS));
  const stop = new AbortController();
  let isDown = false;
  const deleteExpired: TokenRegistry["deleteExpired"] = (before, signal) =>
    isDown ? Promise.reject(new StoreUnavailableError("down")) : tokens.deleteExpired(before, signal);
  const running = deleteExpiredTokens({ tokens: { deleteExpired }, clock, log: silentLogger }, stop.signal);
  const names = async (): Promise<readonly string[]> => (await tokens.list()).tokens.map((each) => each.record.name);
  await clock.advance(EXPIRED_TOKENS_STAY_MS);
  assert.deepEqual(await names(), ["new", "old"]);
  isDown = true;
  await clock.advance(2 * HOUR_MS);
  assert.deepEqual(await names(), ["new", "old"]);
  isDown = false;
  await clock.advance(HOUR_MS);
  assert.deepEqual(await names(), ["new"]);
  stop.abort();
  await running;
});
