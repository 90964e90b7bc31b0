import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Context } from "../context.ts";
import { type JournalEntry, parseJournalEntry } from "./journal-entry.ts";
import { type JournalPosition, type JournalSource, readJournal } from "./read-journal.ts";

export interface EntriesReading {
  /** How many of the last ones. */
  readonly lines: number;
  readonly follow: boolean;
  /** What the entries are to say of where they are from. */
  readonly label: string;
}

/**
 * The entries of a journal, none of them twice; followed, none is missed when the connection breaks.
 *
 * @throws what `readJournal` throws.
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
    // Before the first entry is shown there must be a place to come back to.
    for await (const { cursor } of readJournal(context, source, { ...reading, from: { lines: 1 }, follow: false }))
      if (cursor !== undefined) from = { cursor };
  }
  yield* readJournal(context, source, { ...reading, from, follow });
}

async function* entriesIn(stream: Readable, label: string): AsyncGenerator<JournalEntry> {
  const lines = createInterface({ input: stream });
  // readline does not hand its input's errors on.
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
