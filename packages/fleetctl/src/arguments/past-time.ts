import { UsageError } from "../command-error.ts";

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A date with an optional time of day and an optional zone. Without a zone, the time is local. */
const DATE = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?$/;

/** systemd's words for units of time, as in "2 hours ago" (systemd.time(7)). */
const AGO = /^(\d{1,6}) ?(s|m|h|d|w)(?:ec|econd|in|inute|r|our|ay|eek)?s? ago$/;

/** Local midnight, today or a day earlier. */
function midnight(now: number, daysAgo: number): number {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - daysAgo).getTime();
}

/**
 * Parses a time in the past: a duration before `now` such as 30m, 2h or 7d, "2 hours ago", now, today,
 * yesterday, or a date such as 2026-11-30 or 2026-11-30 12:00.
 *
 * @param now milliseconds since the epoch.
 * @returns milliseconds since the epoch.
 * @throws UsageError for other text, naming the flag.
 */
export function parsePastTime(text: string, flag: string, now: number): number {
  if (text === "now") return now;
  if (text === "today" || text === "yesterday") return midnight(now, text === "today" ? 0 : 1);
  const [, count, unit = ""] = /^-?(\d{1,6})([smhdw])$/.exec(text) ?? AGO.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * (UNIT_MS[unit] ?? 0);
  // A date alone would be read as UTC.
  const date = DATE.test(text) ? Date.parse(text.length === 10 ? `${text}T00:00` : text.replace(" ", "T")) : Number.NaN;
  if (!Number.isNaN(date)) return date;
  throw new UsageError(
    `cannot read ${flag}=${text}: use a duration such as 30m, 2h or 7d, or a date such as 2026-11-30 12:00`,
  );
}
