import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../command-error.ts";
import { parsePastTime } from "./past-time.ts";

const NOW = Date.parse("2026-11-30T12:00:00Z");

for (const [text, time] of [
  ["30m", NOW - 1_800_000],
  ["2h", NOW - 7_200_000],
  ["7d", NOW - 604_800_000],
  ["1w", NOW - 604_800_000],
  ["0s", NOW],
  ["2026-11-30T10:00:00Z", NOW - 7_200_000],
  ["2026-11-30T11:00:00+01:00", NOW - 7_200_000],
  ["2026-11-30", new Date(2026, 10, 30).getTime()],
  ["-1h", NOW - 3_600_000],
  ["2 hours ago", NOW - 7_200_000],
  ["1 week ago", NOW - 604_800_000],
  ["5min ago", NOW - 300_000],
  ["now", NOW],
  ["yesterday", new Date(2026, 10, 29).getTime()],
  ["2026-11-30 09:30", new Date(2026, 10, 30, 9, 30).getTime()],
] as const)
  test(`--since=${text}`, () => assert.equal(parsePastTime(text, "--since", NOW), time));

for (const text of [
  "",
  "tomorrow",
  "2",
  "1 hour",
  "1 x ago",
  "1 h",
  "1y",
  "2026-13-01",
  "2026-11-30 25:00",
  "9999999h",
])
  test(`refused: --since=${text}`, () =>
    assert.throws(
      () => parsePastTime(text, "--since", NOW),
      (error) => error instanceof UsageError && error.message.startsWith(`cannot read --since=${text}: use a duration`),
    ));
