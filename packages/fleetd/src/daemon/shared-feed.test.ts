import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import { MemoryStore } from "@flotilla/store/memory";
import { SharedFeed } from "./shared-feed.ts";

function sharedFeed(): { clock: ManualClock; shared: SharedFeed } {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock }).connect();
  return { clock, shared: new SharedFeed({ store, clock, random: () => 0.5, log: silentLogger, lingerMs: 1_000 }) };
}

test("all who claim get one feed, which stays for a while after the last has gone", async () => {
  const { clock, shared } = sharedFeed();
  const [one, two] = [shared.claim(), shared.claim()];
  assert.equal(one.feed, two.feed);
  one.release();
  one.release();
  await clock.advance(5_000);
  assert.equal(shared.claim().feed, two.feed, "two claims are left");
  two.release();
  shared.close();
});

test("a claim in time keeps the feed, one that comes late gets a new one", async () => {
  const { clock, shared } = sharedFeed();
  const first = shared.claim();
  first.release();
  await clock.advance(900);
  const second = shared.claim();
  assert.equal(second.feed, first.feed);
  second.release();
  await clock.advance(1_100);
  const third = shared.claim();
  assert.notEqual(third.feed, first.feed);
  third.release();
  shared.close();
});
