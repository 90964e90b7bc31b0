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
  /** Machines that have been away for longer than the window. */
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

/** "present | missing | held | awaited", without the last part if no machine is awaited. */
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
    "three of six are no mass loss: a hold needs more than half",
    { present: ids("a b c d e f"), missing: [] },
    { there: "d e f" },
    "d e f | a b c | ",
  ],
  [
    "two of two are no mass loss: a hold needs at least three",
    { present: ids("a b"), missing: [] },
    { there: "" },
    " | a b | ",
  ],
  [
    "a third machine vanishes within the window, and a hold begins",
    { present: ids("c d e"), missing: ids("a b") },
    { there: "d e" },
    "d e | a b c | a b c",
  ],
  [
    "a third machine vanishes after the window of the first two",
    { present: ids("c d e"), missing: ids("a b") },
    { there: "d e", long: "a b" },
    "d e | c | ",
  ],
  [
    "one machine vanishes and two miss their heartbeats, and a hold begins",
    full,
    { there: "b c d e", overdue: "b c" },
    "b c d e | a | a b c",
  ],
  ["missed heartbeats alone begin no hold", full, { there: "a b c d e", overdue: "a b c" }, "a b c d e |  | "],
  ["three machines leave on purpose", full, { there: "d e", departed: "a b c" }, "d e |  | "],
  ["a missing machine returns", { present: ids("c d e"), missing: ids("a b") }, { there: "b c d e" }, "b c d e | a | "],

  ["a hold lasts while its machines are away", held, { there: "d e", long: "a b c" }, "d e |  | a b c"],
  ["a hold ends when enough machines are back", held, { there: "c d e", long: "a b" }, "c d e |  | "],
  ["a machine of the hold whose heartbeat returns does not count as lost", held, { there: "c d e" }, "c d e | a b | "],
  [
    "a machine of the hold that misses its heartbeat counts as lost",
    held,
    { there: "c d e", overdue: "c" },
    "c d e | a b | a b c",
  ],
  ["a fourth machine vanishes during the hold", held, { there: "e", long: "a b c" }, "e | d | a b c d"],
  ["a missing machine turns out to have left on purpose", held, { there: "d e", departed: "c" }, "d e | a b | "],
  ["an operator ends the hold", held, { there: "d e", released: 7 }, "d e |  | "],
  ["an operator has ended an earlier hold", held, { there: "d e", released: 6 }, "d e | a b c | a b c"],
  ["a hold ends by time", held, { there: "d e", heldFor: 600_000 }, "d e |  | "],

  [
    "after a store outage, a machine that is not back is awaited",
    full,
    { there: "b c d e", settling: true },
    "b c d e | a |  | a",
  ],
  [
    "after a store outage, awaited machines are no mass loss",
    full,
    { there: "e", settling: true },
    "e | a b c d |  | a b c d",
  ],
  [
    "after a store outage, all machines are back",
    { ...full, awaited: ids("a") },
    { there: "a b c d e", settling: true },
    "a b c d e |  | ",
  ],
  [
    "awaited machines count as lost after their time to return",
    { present: ids("c d e"), missing: ids("a b"), awaited: ids("a b") },
    { there: "c d e" },
    "c d e | a b | ",
  ],
  [
    "awaited machines count as a mass loss after their time to return",
    { present: ids("d e"), missing: ids("a b c"), awaited: ids("a b c") },
    { there: "d e" },
    "d e | a b c | a b c",
  ],
  [
    "after a store outage, the machines of a hold are awaited, too",
    held,
    { there: "d e", settling: true },
    "d e | a b c | a b c | a b c",
  ],
];

for (const [about, last, scene, expected] of cases) {
  test(`attendance: ${about}`, () => assert.equal(brief(takeAttendance(last, attend(scene), rules, 9)), expected));
}

test("attendance: a hold keeps its name and the cluster's size at its start", () => {
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

test("taking attendance twice at one moment changes nothing, and never drops a machine that has just vanished", () => {
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
