import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock, systemClock } from "@flotilla/runtime";
import { mergeByTime, type Timed } from "./merge-by-time.ts";

const signal = new AbortController().signal;

async function* sourceOf(times: readonly number[]): AsyncGenerator<Timed> {
  for (const time of times) yield { time };
}

async function timesOf(merged: AsyncIterable<Timed>): Promise<readonly number[]> {
  const times: number[] = [];
  for await (const { time } of merged) times.push(time);
  return times;
}

const cases: readonly (readonly (readonly number[])[])[] = [
  [],
  [[]],
  [[1, 2, 3]],
  [[1, 4], [2, 3, 5], []],
  [[7, 7], [7], [1, 9]],
  // More than READ_AHEAD.
  [Array.from({ length: 2500 }, (_, index) => index * 2), [4999, 5001]],
];

for (const [index, all] of cases.entries()) {
  test(`sorted sources merge into a sorted one without losses or duplicates (${index})`, async () => {
    const merged = mergeByTime(all.map(sourceOf), { windowMs: undefined, clock: systemClock }, signal);
    assert.deepEqual(
      await timesOf(merged),
      all.flat().toSorted((a, b) => a - b),
    );
  });
}

test("with a window, a silent source delays an entry by at most the window", async () => {
  const clock = new ManualClock();
  const silent: AsyncIterable<Timed> = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };
  const merged = mergeByTime([silent, sourceOf([2])], { windowMs: 100, clock }, signal);
  let taken: Timed | undefined;
  const next = merged.next().then(({ value }) => {
    taken = value as Timed;
  });
  await clock.advance(99);
  assert.equal(taken, undefined);
  await clock.advance(1);
  await next;
  assert.deepEqual(taken, { time: 2 });
});

test("a source's error and the signal's reason end the merge", async () => {
  // eslint-disable-next-line require-yield
  async function* broken(): AsyncGenerator<Timed> {
    throw new Error("broken");
  }
  const options = { windowMs: undefined, clock: systemClock };
  await assert.rejects(timesOf(mergeByTime([sourceOf([1]), broken()], options, signal)), /broken/);
  await assert.rejects(
    timesOf(mergeByTime([sourceOf([1])], options, AbortSignal.abort(new Error("enough")))),
    /enough/,
  );
});
