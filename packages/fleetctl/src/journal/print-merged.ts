import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { messageOf } from "@flotilla/runtime";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { formatJournalEntry, type JournalEntry, type MergedOutput, parseJournalEntry } from "./journal-entry.ts";
import { mergeByTime } from "./merge-by-time.ts";
import { type JournalSource, readJournal } from "./read-journal.ts";

/** Between two machines, news of the same moment arrives within this, milliseconds. */
const WINDOW_MS = 250;

export interface MergedJournalOptions {
  readonly lines: number;
  readonly follow: boolean;
  readonly output: MergedOutput;
}

/**
 * Prints several journals as one, in the order of time, each entry behind where it is from. A source that cannot be
 * read is told of, and the others are printed.
 *
 * @returns the exit code.
 */
export async function printMerged(
  context: Context,
  sources: readonly JournalSource[],
  { output, ...query }: MergedJournalOptions,
): Promise<number> {
  const { environment, signal } = context;
  let failures = 0;
  const failed = (source: string, error: unknown): void => {
    signal.throwIfAborted();
    failures++;
    context.tell(`The journal of ${source} cannot be read: ${messageOf(error)}`);
  };
  const entriesFrom = async function* (from: JournalSource): AsyncGenerator<JournalEntry> {
    const source = `${from.unit}@${from.machine.slice(0, 8)}`;
    try {
      const parts = (stream: Readable): AsyncIterable<JournalEntry> => entriesOf(stream, source);
      yield* readJournal(context, from, { ...query, output: "json", parts });
    } catch (error) {
      failed(source, error);
    }
  };
  const window = { windowMs: query.follow ? WINDOW_MS : undefined, clock: environment.clock };
  for await (const entry of mergeByTime(sources.map(entriesFrom), window, signal)) {
    if (!environment.stdout.write(`${formatJournalEntry(entry, output)}\n`)) await environment.stdout.drained(signal);
  }
  return failures === 0 ? exitCode.ok : exitCode.failed;
}

async function* entriesOf(stream: Readable, source: string): AsyncGenerator<JournalEntry> {
  const lines = createInterface({ input: stream });
  // readline does not hand its input's errors on.
  let broken: { readonly error: Error } | undefined;
  stream.once("error", (error) => {
    broken = { error };
    lines.close();
  });
  try {
    for await (const line of lines) {
      const entry = parseJournalEntry(line, source);
      if (entry) yield entry;
    }
    if (broken) throw broken.error;
  } finally {
    stream.destroy();
  }
}
