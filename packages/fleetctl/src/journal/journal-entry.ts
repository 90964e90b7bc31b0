import type { Timed } from "./merge-by-time.ts";

/** An entry of a journal, from one unit on one machine. */
export interface JournalEntry extends Timed {
  /** `UNIT@MACHINE`, with the machine's first eight characters; empty: it goes without saying. */
  readonly source: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** How several journals at once can be written. */
export const MERGED_OUTPUTS = ["short", "short-iso", "short-precise", "short-unix", "cat", "json"] as const;
export type MergedOutput = (typeof MERGED_OUTPUTS)[number];

/** Reads a line of journalctl's JSON; systemd's Journal JSON Format. Undefined for what is none. */
export function parseJournalEntry(line: string, source: string): JournalEntry | undefined {
  if (!line.startsWith("{")) return undefined;
  const fields = JSON.parse(line) as Readonly<Record<string, unknown>>;
  return { source, time: Number(fields["__REALTIME_TIMESTAMP"] ?? 0), fields };
}

/** Writes an entry as journalctl does, behind where it is from. The times are of this computer's zone. */
export function formatJournalEntry({ source, time, fields }: JournalEntry, output: MergedOutput): string {
  if (output === "json") return JSON.stringify({ source, ...fields });
  const message = textOf(fields["MESSAGE"]);
  const from = source === "" ? "" : `${source}: `;
  if (output === "cat") return from + message;
  const name = textOf(fields["SYSLOG_IDENTIFIER"] ?? fields["_COMM"] ?? "unknown");
  const pid = fields["_PID"] ?? fields["SYSLOG_PID"];
  const head = `${from}${stampOf(time, output)} ${textOf(fields["_HOSTNAME"])} ${name}${pid === undefined ? "" : `[${textOf(pid)}]`}: `;
  return head + message.replaceAll("\n", `\n${" ".repeat(head.length)}`);
}

/** A field that came several times is an array of texts, one that is no UTF-8 an array of bytes, a huge one null. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return "";
  const parts: readonly unknown[] = value;
  return parts.every((part) => typeof part === "number") ? Buffer.from(parts).toString("utf8") : textOf(parts[0]);
}

function stampOf(time: number, output: Exclude<MergedOutput, "cat" | "json">): string {
  const date = new Date(time / 1000);
  const two = (number: number): string => String(number).padStart(2, "0");
  const micros = String(time % 1_000_000).padStart(6, "0");
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const day = `${date.toLocaleString("en-US", { month: "short" })} ${two(date.getDate())}`;
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
