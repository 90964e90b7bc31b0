import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_ATTENDANCE, type Attendance } from "@flotilla/model";
import fc from "fast-check";
import { type Observed, takeAttendance, type MassLossRules } from "./take-attendance.ts";

const rules: MassLossRules = { share: 0.5, least: 3, windowMs: 30_000, holdMs: 600_000 };

interface Scene {
  readonly there: string;
  readonly departed?: string;
  readonly overdue?: string;
  readonly released?: number;
  /** Missed for longer than the window. */
  readonly long?: string;
  readonly heldFor?: number;
  readonly settling?: boolean;
}

const ids = (text = ""): string[] => text.split(" ").filter(Boolean);

function attend({ there, departed, overdue, released, long, heldFor = 0, settling = false }: Scene): Observed {
  return {
    machines: new Set(ids(there)),
    departed: new Set(ids(departed)),
    overdue: new Set(ids(overdue)),
    released,
    settling,
    missedFor: (id) => (ids(long).includes(id) ? rules.windowMs : 0),
    heldFor: () => heldFor,
  };
}

const full: Attendance = { present: ids("a b c d e"), missing: [] };
const held: Attendance = {
  present: ids("d e"),
  missing: ids("a b c"),
  hold: { since: 7, machines: ids("a b c"), of: 5 },
};

/** present | missing | held, and who is awaited */
function brief({ present, missing, hold, awaited }: Attendance): string {
  const lists = [present, missing, hold?.machines ?? [], ...(awaited ? [awaited] : [])];
  return lists.map((list) => list.join(" ")).join(" | ");
}

const cases: readonly (readonly [about: string, last: Attendance, scene: Scene, expected: string])[] = [
  ["the first attendance", EMPTY_ATTENDANCE, { there: "b a" }, "a b |  | "],
  ["a machine joins", full, { there: "a b c d e f" }, "a b c d e f |  | "],
  ["two of five vanish", full, { there: "c d e" }, "c d e | a b | "],
  ["three of five vanish", full, { there: "d e" }, "d e | a b c | a b c"],
  [
    "three of six are half and no more",
    { present: ids("a b c d e f"), missing: [] },
    { there: "d e f" },
    "d e f | a b c | ",
  ],
  ["two of two are too few to be a mass", { present: ids("a b"), missing: [] }, { there: "" }, " | a b | "],
  [
    "the third one vanishes later",
    { present: ids("c d e"), missing: ids("a b") },
    { there: "d e" },
    "d e | a b c | a b c",
  ],
  [
    "the first two are long gone by then",
    { present: ids("c d e"), missing: ids("a b") },
    { there: "d e", long: "a b" },
    "d e | c | ",
  ],
  ["one vanishes and two miss their heartbeats", full, { there: "b c d e", overdue: "b c" }, "b c d e | a | a b c"],
  ["missed heartbeats alone are none", full, { there: "a b c d e", overdue: "a b c" }, "a b c d e |  | "],
  ["three leave", full, { there: "d e", departed: "a b c" }, "d e |  | "],
  ["a missing machine is back", { present: ids("c d e"), missing: ids("a b") }, { there: "b c d e" }, "b c d e | a | "],

  ["a hold goes on however long they are away", held, { there: "d e", long: "a b c" }, "d e |  | a b c"],
  ["it ends when enough are back", held, { there: "c d e", long: "a b" }, "c d e |  | "],
  ["a suspect whose heartbeat comes again does not count", held, { there: "c d e" }, "c d e | a b | "],
  ["a suspect without does", held, { there: "c d e", overdue: "c" }, "c d e | a b | a b c"],
  ["a fourth one vanishes", held, { there: "e", long: "a b c" }, "e | d | a b c d"],
  ["one of the missing leaves for good", held, { there: "d e", departed: "c" }, "d e | a b | "],
  ["an operator ends it", held, { there: "d e", released: 7 }, "d e |  | "],
  ["an operator ended an earlier one", held, { there: "d e", released: 6 }, "d e | a b c | a b c"],
  ["it ends by time", held, { there: "d e", heldFor: 600_000 }, "d e |  | "],

  ["the store was away, and one is not back yet", full, { there: "b c d e", settling: true }, "b c d e | a |  | a"],
  ["so many are not back: they are no mass loss yet", full, { there: "e", settling: true }, "e | a b c d |  | a b c d"],
  ["all are back", { ...full, awaited: ids("a") }, { there: "a b c d e", settling: true }, "a b c d e |  | "],
  [
    "they have had their time",
    { present: ids("c d e"), missing: ids("a b"), awaited: ids("a b") },
    { there: "c d e" },
    "c d e | a b | ",
  ],
  [
    "so many have had theirs",
    { present: ids("d e"), missing: ids("a b c"), awaited: ids("a b c") },
    { there: "d e" },
    "d e | a b c | a b c",
  ],
  ["those of a hold are awaited, too", held, { there: "d e", settling: true }, "d e | a b c | a b c | a b c"],
];

for (const [about, last, scene, expected] of cases) {
  test(`attendance: ${about}`, () => assert.equal(brief(takeAttendance(last, attend(scene), rules, 9)), expected));
}

test("attendance: a hold keeps its name and the size that the cluster had", () => {
  assert.deepEqual(takeAttendance(full, attend({ there: "d e" }), rules, 9).hold, {
    since: 9,
    machines: ids("a b c"),
    of: 5,
  });
  assert.deepEqual(takeAttendance(held, attend({ there: "e" }), rules, 9).hold, {
    since: 7,
    machines: ids("a b c d"),
    of: 5,
  });
});

test("attendance taken twice at one moment is the same, and never drops a machine that vanished just now", () => {
  const some = fc.subarray(ids("a b c d e f"));
  const check = (before: string[], there: string[], overdue: string[]): void => {
    const scene = { there: there.join(" "), overdue: overdue.join(" ") };
    const first = takeAttendance({ present: before.toSorted(), missing: [] }, attend(scene), rules, 1);
    assert.deepEqual(takeAttendance(first, attend(scene), rules, 2), first);
    const vanished = before.filter((id) => !there.includes(id)).sort();
    assert.deepEqual(first.missing, vanished);
    assert.equal(
      first.hold !== undefined && vanished.every((id) => first.hold?.machines.includes(id) === false),
      false,
    );
  };
  fc.assert(fc.property(some, some, some, check));
});
