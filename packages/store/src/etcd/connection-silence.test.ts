import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import { ConnectionSilence } from "./connection-silence.ts";
import type { StreamSilence } from "./stream-silence.ts";

const QUIET_MS = 5_000;
const ANSWER_MS = 1_000;
const ROUND_MS = QUIET_MS + ANSWER_MS;

/** A connection with streams that answer unless they are dead. Counts what it is asked, and who gives up. */
class Connection {
  readonly clock = new ManualClock();
  readonly silence = new ConnectionSilence({ clock: this.clock, quietMs: QUIET_MS, answerMs: ANSWER_MS });
  readonly dead = new Set<number>();
  readonly asked: number[] = [];
  readonly gaveUp: number[] = [];
  readonly streams: StreamSilence[] = [];

  async open(count: number): Promise<void> {
    for (let opened = 0; opened < count; opened++) {
      const number = this.streams.length;
      const stream = this.silence.watch({
        ask: () => {
          this.asked.push(number);
          if (!this.dead.has(number)) this.hear(number);
        },
        giveUp: () => this.gaveUp.push(number),
      });
      this.streams.push(stream);
      if (!this.dead.has(number)) this.hear(number);
    }
    await this.clock.advance(ANSWER_MS);
  }

  hear(number: number): void {
    this.streams[number]?.heard();
    this.streams[number]?.waiting();
  }
}

test("a connection costs the same with one quiet stream as with ten", async () => {
  for (const streams of [1, 10]) {
    const connection = new Connection();
    await connection.open(streams);
    await connection.clock.advance(60 * ROUND_MS);
    assert.equal(connection.asked.length, 60);
    assert.deepEqual(connection.gaveUp, []);
  }
});

test("each quiet stream must answer at least once in ten rounds", async () => {
  for (const streams of [3, 10, 25]) {
    const connection = new Connection();
    await connection.open(streams);
    await connection.clock.advance(10 * ROUND_MS);
    assert.equal(new Set(connection.asked).size, streams);
  }
});

test("a dead connection is found within a round, however many streams share it", async () => {
  const connection = new Connection();
  await connection.open(7);
  await connection.clock.advance(10 * ROUND_MS);
  for (const number of connection.streams.keys()) connection.dead.add(number);
  await connection.clock.advance(ROUND_MS);
  assert.equal(connection.gaveUp.length, 1);
});

test("a single dead stream is found within ten rounds, although the others are heard all the time", async () => {
  const connection = new Connection();
  await connection.open(10);
  connection.dead.add(4);
  for (let second = 0; second < (10 * ROUND_MS) / 1_000; second++) {
    for (const number of connection.streams.keys()) if (number !== 4) connection.hear(number);
    await connection.clock.advance(1_000);
  }
  assert.equal(connection.gaveUp[0], 4);
});

test("a stream whose opening is not answered is given up", async () => {
  const connection = new Connection();
  connection.dead.add(0);
  await connection.open(1);
  assert.deepEqual(connection.gaveUp, [0]);
});

test("the silence of a stream with a busy reader means nothing", async () => {
  const connection = new Connection();
  await connection.open(2);
  for (const stream of connection.streams) stream.heard();
  await connection.clock.advance(20 * ROUND_MS);
  assert.deepEqual([connection.asked, connection.gaveUp], [[], []]);
  for (const stream of connection.streams) stream.waiting();
  await connection.clock.advance(3 * ROUND_MS);
  assert.ok(connection.asked.length > 0);
});

test("a connection without streams has no timer", async () => {
  const connection = new Connection();
  assert.equal(connection.clock.nextDue(), undefined);
  await connection.open(2);
  await connection.clock.advance(ROUND_MS);
  for (const stream of connection.streams) stream.stop();
  assert.equal(connection.clock.nextDue(), undefined);
  await connection.open(1);
  connection.streams.at(-1)?.stop();
  assert.equal(connection.clock.nextDue(), undefined);
});

test("a stream that stops while it is asked is not given up", async () => {
  const connection = new Connection();
  await connection.open(2);
  for (const number of connection.streams.keys()) connection.dead.add(number);
  await connection.clock.advance(QUIET_MS + ANSWER_MS / 2);
  assert.equal(connection.asked.length, 1);
  for (const stream of connection.streams) stream.stop();
  await connection.clock.advance(ROUND_MS);
  assert.deepEqual(connection.gaveUp, []);
});
