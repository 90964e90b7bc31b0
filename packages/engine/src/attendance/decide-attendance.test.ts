import assert from "node:assert/strict";
import { test } from "node:test";
import type { Attendance } from "@flotilla/model";
import type { Observed } from "@flotilla/schedule";
import { decideAttendance } from "./decide-attendance.ts";

const RULES = { share: 0.5, least: 3, windowMs: 30_000, holdMs: 600_000 };
const FULL: Attendance = { present: ["a", "b", "c", "d", "e"], missing: [] };

function observe(present: string, differences: Partial<Observed> = {}): Observed {
  return {
    machines: new Set(present.split(" ")),
    departed: new Set(),
    overdue: new Set(),
    released: undefined,
    settling: false,
    missedFor: () => 0,
    heldFor: () => 0,
    ...differences,
  };
}

const cases: readonly (readonly [last: Attendance, observed: Observed, code: string, sentence: RegExp])[] = [
  [FULL, observe("a b c d e f"), "machines-changed", /^joined: f$/],
  [FULL, observe("b c d e"), "machines-changed", /^missing: a$/],
  [FULL, observe("d e"), "hold-begins", /3 of 5 machines vanished together/],
  [FULL, observe("d e", { settling: true }), "store-was-away", /^missing: a, b, c$/],
  [FULL, observe("b c d e", { missedFor: () => 30_000 }), "machines-changed", /^dropped: a$/],
  [
    { present: ["d", "e"], missing: [], hold: { since: 7, machines: ["a", "b", "c"], of: 5 } },
    observe("d e", { released: 7 }),
    "hold-ends",
    /./,
  ],
];

for (const [last, observed, code, sentence] of cases)
  test(`a new attendance is a decision with a reason: ${code}, ${sentence.source}`, () => {
    const decision = decideAttendance(last, observed, RULES, 9);
    assert.equal(decision?.reason.code, code);
    assert.match(decision.sentence, sentence);
  });

test("a correct attendance needs no decision", () => {
  const last: Attendance = { present: ["a", "b"], missing: [], hold: undefined, awaited: undefined };
  assert.equal(decideAttendance(last, observe("a b"), RULES, 9), undefined);
});
