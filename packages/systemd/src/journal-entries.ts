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
 * Reads entries of the host's journal, the oldest first. Their size is limited: journalctl leaves out values above 4 KiB.
 *
 * @throws ReaderError when journalctl fails; the signal's reason.
 */
export async function readEntries(request: EntriesRequest, signal: AbortSignal): Promise<readonly JournalFields[]> {
  const pieces: Buffer[] = [];
  for await (const piece of runJournalctl(argumentsFor(request), {}, signal)) pieces.push(piece);
  // node:readline would also end a line at U+2028, which JSON may contain.
  const lines = Buffer.concat(pieces).toString().split("\n");
  return lines.filter((line) => line !== "").map((line) => textsIn(JSON.parse(line) as Record<string, unknown>));
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
