import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import { HeldLease } from "./held-lease.ts";
import { StoreUnavailableError } from "../port/store-error.ts";

const TTL_MS = 3_000;

test("the observer gets the result of each renewal until the lease is lost", async () => {
  const clock = new ManualClock();
  const told: boolean[] = [];
  let answer = async (): Promise<boolean> => true;
  const lease = new HeldLease({
    id: "1",
    ttlMs: TTL_MS,
    sentAt: clock.monotonic(),
    clock,
    random: () => 0.5,
    log: silentLogger,
    renew: () => answer(),
    revoke: async () => {},
    closed: new AbortController().signal,
    onRenewal: (renewed) => told.push(renewed),
  });
  await clock.advance(TTL_MS);
  assert.ok(told.length > 0 && told.every((renewed) => renewed));

  answer = () => Promise.reject(new StoreUnavailableError("gone"));
  await clock.advance(TTL_MS / 2);
  assert.equal(told.at(-1), false);

  answer = async () => false;
  await clock.advance(TTL_MS / 2);
  assert.equal(lease.lost.aborted, true);
  const tries = told.length;
  await clock.advance(TTL_MS);
  assert.equal(told.length, tries);
});
