import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterEvent, NewEvent } from "@flotilla/model";
import fc from "fast-check";
import { Coalescer } from "./coalescer.ts";

const FAILED: NewEvent = { kind: "failed", unit: "a.service", machine: "m1", sentence: "a.service failed" };
const at = (seconds: number) => ({ monotonic: seconds * 1_000, wall: 1_000_000 + seconds * 1_000 });

/** What a coalescer returns for one event at each of these seconds, asked each second, as "TIME" or "FIRST-TIME xCOUNT". */
function run(seconds: readonly number[], until: number, event = FAILED): string[] {
  const coalescer = new Coalescer();
  const told: ClusterEvent[] = [];
  for (let second = 0; second <= until; second += 1) {
    told.push(...coalescer.due(second * 1_000));
    if (seconds.includes(second)) told.push(...coalescer.add(event, at(second)));
  }
  const shown = (time: number): number => (time - 1_000_000) / 1_000;
  return told.map(({ time, first, count }) =>
    first === undefined ? String(shown(time)) : `${shown(first)}-${shown(time)} x${count}`,
  );
}

const each = (from: number, to: number, step = 1) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);

for (const [about, seconds, until, expected] of [
  ["a single event is told at once, and never again", [0], 7_200, ["0"]],
  ["two repetitions are told at once", [0, 10, 20], 7_200, ["0", "10", "20"]],
  ["a third one is told when the minute is over", [0, 10, 20, 30], 7_200, ["0", "10", "20", "30"]],
  ["further repetitions are counted", [0, 10, 20, 30, 40, 50], 7_200, ["0", "10", "20", "30-50 x3"]],
  ["an event after a quiet minute is told at once", [0, 61, 62, 63], 7_200, ["0", "61", "62", "63"]],
  [
    "windows double while there are repetitions",
    each(0, 420),
    500,
    ["0", "1", "2", "3-59 x57", "60-179 x120", "180-419 x240"],
  ],
  ["slow repetitions are counted, too", each(0, 380, 20), 500, ["0", "20", "40", "60", "80-160 x5", "180-380 x11"]],
  ["a quiet window makes the event new", [0, 10, 200, 210, 220], 7_200, ["0", "10", "200", "210", "220"]],
] as const)
  test(about, () => assert.deepEqual(run(seconds, until), expected));

test("an hour of crashes each second is a handful of events", () => {
  const told = run(each(0, 3_600), 14_400);
  assert.ok(told.length <= 10, told.join(", "));
});

for (const [about, other] of [
  ["another unit", { ...FAILED, unit: "b.service" }],
  ["another machine", { ...FAILED, machine: "m2" }],
  ["another kind", { ...FAILED, kind: "finished" }],
  ["another reason", { ...FAILED, sentence: "a.service failed: exit-code" }],
  ["another cause", { ...FAILED, cause: "gone m1" }],
] as const)
  test(`an event of ${about} is no repetition`, () => {
    const coalescer = new Coalescer();
    for (const second of [0, 1, 2]) assert.equal(coalescer.add(FAILED, at(second)).length, 1);
    assert.equal(coalescer.add(other, at(3)).length, 1);
    assert.equal(coalescer.add(FAILED, at(4)).length, 0);
  });

test("what a person asks for is told each time", () => {
  const coalescer = new Coalescer();
  const act: NewEvent = { kind: "act", unit: "a.service", sentence: "root asked", fact: "unit a.service 7" };
  for (let second = 0; second < 10; second += 1) assert.equal(coalescer.add(act, at(second)).length, 1);
});

test("no event is lost or counted twice, whatever comes when", () => {
  const step = fc.record({ event: fc.integer({ min: 0, max: 5 }), after: fc.integer({ min: 0, max: 400 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const coalescer = new Coalescer();
      const told = new Map<string, number>();
      const take = (events: readonly ClusterEvent[]): void => {
        for (const { sentence, count = 1, time, first = time } of events) {
          assert.ok(first <= time);
          told.set(sentence, (told.get(sentence) ?? 0) + count);
        }
      };
      const wanted = new Map<string, number>();
      let now = 0;
      for (const { event, after } of steps) {
        now += after;
        take(coalescer.due(now * 1_000));
        const sentence = `event ${event}`;
        wanted.set(sentence, (wanted.get(sentence) ?? 0) + 1);
        take(coalescer.add({ kind: "failed", sentence }, at(now)));
      }
      take(coalescer.due(Number.POSITIVE_INFINITY));
      assert.deepEqual(told, wanted);
    }),
  );
});

test("of more kinds of events than are known, each is told, with its repetitions", () => {
  const coalescer = new Coalescer();
  let told = 0;
  for (let index = 0; index < 5_000; index += 1)
    for (const second of [0, 1, 2, 3, 4])
      told += coalescer
        .add({ kind: "failed", sentence: `event ${index}` }, at(second))
        .reduce((sum, { count = 1 }) => sum + count, 0);
  told += coalescer.due(Number.POSITIVE_INFINITY).reduce((sum, { count = 1 }) => sum + count, 0);
  assert.equal(told, 25_000);
});
