import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Context } from "../context.ts";
import { type JournalEntry, parseJournalEntry } from "./journal-entry.ts";
import { type JournalPosition, type JournalSource, readJournal } from "./read-journal.ts";

export interface EntriesReading {
  /** Number of last entries to begin with. */
  readonly lines: number;
  readonly follow: boolean;
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
  { lines, follow, label }: EntriesReading,
): AsyncGenerator<JournalEntry> {
  const reading = {
    output: "json",
    parts: (stream: Readable) => entriesIn(stream, label),
    cursorOf: ({ cursor }: JournalEntry) => cursor,
  } as const;
  let from: JournalPosition = { lines };
  if (follow && lines === 0) {
    // A position to resume from is needed before the first entry is shown.
    for await (const { cursor } of readJournal(context, source, { ...reading, from: { lines: 1 }, follow: false }))
      if (cursor !== undefined) from = { cursor };
  }
  yield* readJournal(context, source, { ...reading, from, follow });
}

async function* entriesIn(stream: Readable, label: string): AsyncGenerator<JournalEntry> {
  const lines = createInterface({ input: stream });
  // readline does not forward errors of its input.
  let broken: { readonly error: Error } | undefined;
  stream.once("error", (error) => {
    broken = { error };
    lines.close();
  });
  try {
    for await (const line of lines) {
      const entry = parseJournalEntry(line, label);
      if (entry) yield entry;
    }
    if (broken) throw broken.error;
  } finally {
    stream.destroy();
  }
}
