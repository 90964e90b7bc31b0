import assert from "node:assert/strict";
import { test } from "node:test";
import { decide, explain } from "./decide.ts";
import { NO_TIME } from "./decision.ts";
import { brief } from "./fixture/apply.ts";
import { cluster } from "./fixture/cluster.ts";

/** What was asked of m1 within this span was asked right before the machine was lost. */
const MOMENT = { ...NO_TIME, now: 2000, lastStarts: new Map([["m1", { from: 900, to: 1_900 }]]) };

const cases: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
  ["the first loss moves the unit", "m2 m3", ["a @m1'"], ["move a m1>m2"]],
  ["so does the second", "m2 m3", ["a @m1' l:m4"], ["move a m1>m2"]],
  [
    "the third holds it, and its machine starts it no more",
    "m2 m3",
    ["a @m1' l:m4 l:m5"],
    ["note a m1", "unplaceable a"],
  ],
  ["the second before the last machine, too", "m2", ["a @m1' l:m4"], ["note a m1", "unplaceable a"]],
  ["machines that vanished together keep their units all the same", "m2 m1? m3?", ["a @m1' l:m4 l:m5"], []],
  [
    "a copy that became its place again and took the machine down once more counts again",
    "m2 m3",
    ["a @m1' L:m1 l:m4"],
    ["note a m1", "unplaceable a"],
  ],
  ["it is held while that stands", "m2 m3", ["a ~m1 l:m1 l:m4 l:m5"], ["unplaceable a"]],
  ["it goes on with a copy that runs after all", "m1 m2", ["a ~m1 +m1 l:m1 l:m4 l:m5"], ["place a m1"]],
  ["a unit that had run for long moves on", "m2 m3", ["a @m1 l:m4"], ["move a m1>m2"]],
  ["where it runs it stays", "m1 m2", ["a @m1 +m1 l:m3 l:m4 l:m5"], []],
  ["the others move", "m2 m3", ["a @m1' l:m4 l:m5", "b @m1'"], ["move b m1>m2", "note a m1", "unplaceable a"]],
];

for (const [about, machines, units, decided] of cases) {
  test(`a machine lost right after a start: ${about}`, () =>
    assert.deepEqual(decide(cluster(machines, ...units), MOMENT).map(brief), decided));
}

test("a machine that was lost before it was asked to start the unit is no loss that counts", () => {
  const moment = { ...MOMENT, lastStarts: new Map([["m1", { from: 0, to: 500 }]]) };
  assert.deepEqual(decide(cluster("m2 m3", "a @m1' l:m4 l:m5"), moment).map(brief), ["move a m1>m2"]);
});

test("a machine lost right after a start: that is noted with the move", () => {
  const [move] = decide(cluster("m2 m3", "a @m1'"), MOMENT);
  const noted = move?.writes.find(({ action }) => action === "note-attempts");
  assert.ok(noted?.action === "note-attempts");
  assert.deepEqual(
    noted.attempts.failed.map(({ machineID, at, lost }) => [machineID, at, lost]),
    [["m1", 2000, true]],
  );
  const [other] = decide(cluster("m2 m3", "a @m1"), MOMENT);
  assert.deepEqual(
    other?.writes.map(({ action }) => action),
    ["assign", "assign"],
    "a unit that had run there for long is not blamed",
  );
});

test("a machine lost right after a start: an exclusive unit is held likewise, and leaves its machine", () => {
  const moment = { ...MOMENT, gone: new Set(["m1"]) };
  const decisions = decide(cluster("m2 m3", "a @m1' Exclusive=true l:m4 l:m5"), moment);
  assert.deepEqual(decisions.map(brief), ["unplace a m1", "unplaceable a"]);
  assert.deepEqual(
    decisions[0]?.writes.map(({ action }) => action),
    ["unassign", "note-attempts"],
  );
});

test("a machine lost right after a start: the reasons name the machines and how to go on", () => {
  assert.deepEqual(explain(cluster("m2 m3", "a ~m1 l:m1 l:m4 l:m5"), "a.service"), [
    "a.service cannot be placed",
    "it is held: machines m1, m4 and m5 were lost right after each was asked to start it",
    "the nearest fix: find out what it does to its machine, then fleetctl restart a.service lets it go on",
  ]);
});
