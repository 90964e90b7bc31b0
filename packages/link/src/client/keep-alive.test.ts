import assert from "node:assert/strict";
import { test } from "node:test";
import { type Clock, ManualClock } from "@flotilla/runtime";
import { KeepAlive } from "./keep-alive.ts";

function start() {
  const clock = new ManualClock();
  const answers: (() => void)[] = [];
  const peer = { answers, isAlive: true, bytes: 0, pings: 0, silentAt: [] as number[] };
  const keepAlive = new KeepAlive({
    clock,
    pingMs: 2_000,
    pongMs: 1_000,
    ping: (onPong) => {
      peer.pings += 1;
      answers.push(onPong);
      if (peer.isAlive) onPong();
    },
    bytesRead: () => peer.bytes,
    onSilence: () => peer.silentAt.push(clock.monotonic()),
  });
  return { clock, peer, keepAlive };
}

test("a peer that answers is asked at the interval", async () => {
  const { clock, peer } = start();
  await clock.advance(10_000);
  assert.deepEqual([peer.pings, peer.silentAt], [5, []]);
});

test("a peer that does not answer is silent after an interval and a wait", async () => {
  const { clock, peer } = start();
  await clock.advance(4_500);
  peer.isAlive = false;
  await clock.advance(10_000);
  assert.deepEqual(peer.silentAt, [7_000]);
});

test("an answer after the stop asks nothing more", async () => {
  const { clock, peer, keepAlive } = start();
  peer.isAlive = false;
  await clock.advance(2_500);
  keepAlive.stop();
  for (const answer of peer.answers) answer();
  await clock.advance(60_000);
  assert.deepEqual([peer.pings, peer.silentAt], [1, []]);
});

test("bytes count as an answer", async () => {
  const { clock, peer } = start();
  peer.isAlive = false;
  for (let second = 0; second < 10; second += 1) {
    peer.bytes += 1;
    await clock.advance(500);
  }
  assert.deepEqual(peer.silentAt, []);
  await clock.advance(2_000);
  assert.equal(peer.silentAt.length, 1);
});

test("time in which this process was suspended does not count", () => {
  const timers: (() => void)[] = [];
  let now = 0;
  const clock: Clock = {
    monotonic: () => now,
    wall: () => now,
    sleep: () => assert.fail("it sleeps"),
    after: (_ms, what) => {
      timers.push(what);
      return () => {};
    },
  };
  let silences = 0;
  const options = {
    pingMs: 2_000,
    pongMs: 1_000,
    ping: () => {},
    bytesRead: () => 0,
    onSilence: () => (silences += 1),
  };
  const keepAlive = new KeepAlive({ ...options, clock });
  const fire = (at: number): void => {
    now = at;
    timers.shift()?.();
  };
  fire(2_000);
  fire(60_000);
  assert.equal(silences, 0);
  fire(61_000);
  assert.equal(silences, 1);
  keepAlive.stop();
});

test("nothing is sent after the end", async () => {
  const { clock, peer, keepAlive } = start();
  keepAlive.stop();
  await clock.advance(10_000);
  assert.equal(peer.pings, 0);
});
