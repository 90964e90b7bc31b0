import { messageOf } from "@flotilla/runtime";
import type { JournalFilter } from "@flotilla/unit";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { formatJournalEntry, isAnnotated, type JournalEntry, type RenderedOutput } from "./journal-entry.ts";
import { mergeByTime } from "./merge-by-time.ts";
import { readEntries } from "./read-entries.ts";
import type { JournalSource } from "./read-journal.ts";

/** Entries of the same moment arrive from two machines within this time, in milliseconds. */
const WINDOW_MS = 250;

export interface PrintingOptions {
  readonly lines: number;
  readonly follow: boolean;
  readonly filter: JournalFilter;
  readonly output: RenderedOutput;
}

/** Prints one journal like journalctl. */
export async function printJournal(
  context: Context,
  source: JournalSource,
  { lines, follow, filter, output }: PrintingOptions,
): Promise<number> {
  const annotate = (line: string): void => {
    if (isAnnotated(output)) context.print(line);
  };
  let before: JournalEntry | undefined;
  for await (const entry of readEntries(context, source, { lines, follow, filter, label: "" })) {
    const boot = entry.fields["_BOOT_ID"];
    if (before && boot !== before.fields["_BOOT_ID"]) annotate(`-- Boot ${String(boot)} --`);
    before = entry;
    await printEntry(context, entry, output);
  }
  if (!before) annotate("-- No entries --");
  return exitCode.ok;
}

/**
 * Prints several journals merged by time, each entry prefixed with its source. An unreadable journal is reported, and
 * the others are printed.
 *
 * @returns the exit code.
 */
export async function printMerged(
  context: Context,
  sources: readonly JournalSource[],
  { lines, follow, filter, output }: PrintingOptions,
): Promise<number> {
  const { environment, signal } = context;
  let failures = 0;
  const entriesFrom = async function* (source: JournalSource): AsyncGenerator<JournalEntry> {
    const label = `${source.unit}@${source.machine.slice(0, 8)}`;
    try {
      yield* readEntries(context, source, { lines, follow, filter, label });
    } catch (error) {
      signal.throwIfAborted();
      failures++;
      context.tell(`cannot read the journal of ${label}: ${messageOf(error)}`);
    }
  };
  const window = { windowMs: follow ? WINDOW_MS : undefined, clock: environment.clock };
  for await (const entry of mergeByTime(sources.map(entriesFrom), window, signal))
    await printEntry(context, entry, output);
  return failures === 0 ? exitCode.ok : exitCode.failed;
}

async function printEntry({ environment, signal }: Context, entry: JournalEntry, output: RenderedOutput) {
  const { stdout } = environment;
  if (!stdout.write(`${formatJournalEntry(entry, output)}\n`)) await stdout.drained(signal);
}
