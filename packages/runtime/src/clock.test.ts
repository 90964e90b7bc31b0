import assert from "node:assert/strict";
import { test } from "node:test";
import { LONGEST_TIMER_MS, systemClock } from "./clock.ts";

for (const days of [30, 83, Infinity]) {
  test(`a sleep of ${days} days exceeds the longest timer of Node`, (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const ended = new AbortController();
    let awake = false;
    void systemClock.sleep(days * 86_400_000, ended.signal).then(
      () => (awake = true),
      () => {},
    );
    const pieces = Math.min(10, Math.floor((days * 86_400_000) / LONGEST_TIMER_MS));
    for (let piece = 0; piece < pieces; piece++) t.mock.timers.tick(LONGEST_TIMER_MS);
    assert.equal(awake, false);
    ended.abort();
  });
}

test("a sleep of 60 days ends after 60 days", { timeout: 10_000 }, async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const slept = systemClock.sleep(60 * 86_400_000);
  // A timer that a timer sets starts at the end of the tick, which adds less than a day to each of the two.
  for (let day = 0; day < 62; day++) t.mock.timers.tick(86_400_000);
  await slept;
});
