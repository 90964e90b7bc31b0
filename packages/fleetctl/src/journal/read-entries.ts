import type { Readable } from "node:stream";
import { linesOf } from "@flotilla/api/client";
import type { JournalFilter } from "@flotilla/unit";
import type { Context } from "../context.ts";
import { type JournalEntry, parseJournalEntry } from "./journal-entry.ts";
import { type JournalPosition, type JournalSource, readJournal } from "./read-journal.ts";

export interface EntriesReading {
  /** Number of last entries to begin with. */
  readonly lines: number;
  readonly follow: boolean;
  readonly filter: JournalFilter;
  /** The entries' `source`. */
  readonly label: string;
}

/**
 * The entries of a journal, without duplicates. With `follow`, no entry is missed when the connection breaks.
 *
 * @throws the errors of `readJournal`.
 */
export async function* readEntries(
  context: Context,
  source: JournalSource,
  { lines, follow, filter, label }: EntriesReading,
): AsyncGenerator<JournalEntry> {
  const reading = {
    output: "json",
    filter,
    parts: (stream: Readable) => entriesIn(stream, label),
    cursorOf: ({ cursor }: JournalEntry) => cursor,
  } as const;
  let from: JournalPosition = { lines };
  if (follow && lines === 0) {
    // A position to resume from is needed before the first entry is shown. The last entry gives it, whatever it says.
    const last = { ...reading, filter: {}, from: { lines: 1 } };
    for await (const { cursor } of readJournal(context, source, { ...last, follow: false }))
      if (cursor !== undefined) from = { cursor };
  }
  yield* readJournal(context, source, { ...reading, from, follow });
}

async function* entriesIn(stream: Readable, label: string): AsyncGenerator<JournalEntry> {
  try {
    for await (const line of linesOf(stream)) {
      const entry = parseJournalEntry(line, label);
      if (entry) yield entry;
    }
  } finally {
    stream.destroy();
  }
}
