import type { Summary } from "./figure.ts";

const HEADER = ["figure", "unit", "n", "min", "median", "p99", "max", "to its baseline", "limit"];

/** Formats the summaries as a table for terminals and Markdown. */
export function asTable(summaries: readonly Summary[]): string {
  const rows = summaries.map(({ name, unit, count, min, median, p99, max, ratio, limits }) => [
    name,
    unit,
    String(count),
    ...[min, median, p99, max].map(rounded),
    ratio === undefined ? "" : `${ratio.toFixed(2)}x`,
    limits.map(({ text, met }) => `${text} ${met ? "met" : "MISSED"}`).join(", "),
  ]);
  const widths = HEADER.map((_, column) => Math.max(...[HEADER, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [line(HEADER), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** Rounds to three digits, the precision of such a measurement. */
function rounded(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
