import { stripVTControlCharacters } from "node:util";
import type { JournalOutput } from "@flotilla/unit";
import type { Timed } from "./merge-by-time.ts";

/** A journal entry of one unit on one machine. */
export interface JournalEntry extends Timed {
  /** `UNIT@MACHINE` with the first eight characters of the machine ID; empty if there is only one source. */
  readonly source: string;
  /** The entry's position in its journal (sd_journal_get_cursor(3)). */
  readonly cursor: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The modes of journalctl that fleetctl renders itself. */
export const RENDERED_OUTPUTS = [
  "short",
  "short-iso",
  "short-precise",
  "short-unix",
  "cat",
  "json",
] as const satisfies readonly JournalOutput[];
export type RenderedOutput = (typeof RENDERED_OUTPUTS)[number];

/** Parses a line of journalctl's JSON (systemd's Journal JSON Format). Undefined for other lines. */
export function parseJournalEntry(line: string, source: string): JournalEntry | undefined {
  if (!line.startsWith("{")) return undefined;
  const fields = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const cursor = fields["__CURSOR"];
  return {
    source,
    time: Number(fields["__REALTIME_TIMESTAMP"] ?? 0),
    cursor: typeof cursor === "string" ? cursor : undefined,
    fields,
  };
}

/** Whether journalctl prints notes such as a boot or "No entries" between entries in this mode. */
export function isAnnotated(output: RenderedOutput): boolean {
  return output !== "cat" && output !== "json";
}

/** Formats an entry like journalctl, prefixed with its source. Times are in the local time zone. */
export function formatJournalEntry({ source, time, fields }: JournalEntry, output: RenderedOutput): string {
  if (output === "json") return JSON.stringify(source === "" ? fields : { source, ...fields });
  const from = source === "" ? "" : `${source}: `;
  if (output === "cat") return from + textOf(fields["MESSAGE"]);
  const name = textOf(fields["SYSLOG_IDENTIFIER"] ?? fields["_COMM"] ?? "unknown");
  const pid = fields["_PID"] ?? fields["SYSLOG_PID"];
  // Like journalctl: sorted by the time of arrival in the journal, but shown with the time of origin.
  const stamp = stampOf(Number(fields["_SOURCE_REALTIME_TIMESTAMP"] ?? time), output);
  const head = `${from}${stamp} ${textOf(fields["_HOSTNAME"])} ${name}${pid === undefined ? "" : `[${textOf(pid)}]`}: `;
  return head + shownMessage(fields["MESSAGE"]).replaceAll("\n", `\n${" ".repeat(head.length)}`);
}

const TAB = " ".repeat(8);

/** Formats a message like journalctl: without colours, a tab as blanks, and binary data as its size. */
function shownMessage(value: unknown): string {
  const text = stripVTControlCharacters(textOf(value)).replaceAll("\t", TAB);
  return /[^\P{Cc}\n]|\ufffd/u.test(text) ? `[${bytesOf(value)}B blob data]` : text;
}

function bytesOf(value: unknown): number {
  return Array.isArray(value) ? value.length : Buffer.byteLength(textOf(value));
}

/** A repeated field is an array of texts, a field with binary data an array of bytes. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return "";
  const parts: readonly unknown[] = value;
  return parts.every((part) => typeof part === "number") ? Buffer.from(parts).toString("utf8") : textOf(parts[0]);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function stampOf(time: number, output: Exclude<RenderedOutput, "cat" | "json">): string {
  const date = new Date(time / 1000);
  const two = (number: number): string => String(number).padStart(2, "0");
  const micros = String(time % 1_000_000).padStart(6, "0");
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const day = `${MONTHS[date.getMonth()] ?? ""} ${two(date.getDate())}`;
  switch (output) {
    case "short":
      return `${day} ${clock}`;
    case "short-precise":
      return `${day} ${clock}.${micros}`;
    case "short-unix":
      return `${Math.floor(time / 1_000_000)}.${micros}`;
    case "short-iso":
      return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${clock}${zoneOf(date)}`;
    default:
      return output satisfies never;
  }
}

function zoneOf(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const two = (number: number): string => String(Math.floor(number)).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
}
