import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { runJournalctl } from "./journalctl.ts";

/** Fields of a journal entry, by name. A field with several values, or with bytes that are no text, is left out. */
export type JournalFields = Readonly<Record<string, string>>;

export interface EntriesRequest {
  /** An entry must have all the fields of one of the groups. */
  readonly matches: readonly JournalFields[];
  /** The newest so many entries. */
  readonly last: number;
  /** Only entries from this time on, seconds since the epoch. */
  readonly since?: number | undefined;
  /** The fields to return, besides `__REALTIME_TIMESTAMP` (microseconds since the epoch). */
  readonly fields: readonly string[];
}

/**
 * Reads entries of the host's journal, the oldest first.
 *
 * @throws ReaderError when journalctl fails; the signal's reason.
 */
export async function readEntries(request: EntriesRequest, signal: AbortSignal): Promise<readonly JournalFields[]> {
  const lines = createInterface({ input: Readable.from(runJournalctl(argumentsFor(request), {}, signal)) });
  const entries: JournalFields[] = [];
  for await (const line of lines) if (line !== "") entries.push(textsIn(JSON.parse(line) as Record<string, unknown>));
  return entries;
}

function argumentsFor({ matches, last, since, fields }: EntriesRequest): readonly string[] {
  const groups = matches.map((group) => Object.entries(group).map(([name, value]) => `${name}=${value}`));
  return [
    "--no-pager",
    "--quiet",
    "--output=json",
    `--output-fields=${fields.join(",")}`,
    `--lines=${last}`,
    ...(since === undefined ? [] : [`--since=@${since}`]),
    ...groups.flatMap((group, at) => (at === 0 ? group : ["+", ...group])),
  ];
}

function textsIn(entry: Readonly<Record<string, unknown>>): JournalFields {
  const texts = Object.entries(entry).filter((field): field is [string, string] => typeof field[1] === "string");
  return Object.fromEntries(texts);
}
