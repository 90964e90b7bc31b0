import { text } from "node:stream/consumers";
import { messageOf } from "@flotilla/runtime";
import type { Context } from "../context.ts";
import { formatJournalEntry, parseJournalEntry } from "../journal/journal-entry.ts";

const JOURNAL_LINES = 10;

/**
 * The last journal lines of a unit since the command began. The clocks of two computers may differ, so lines older than
 * the last entry by more than the command's duration are dropped. Invocation IDs cannot select the lines, because a
 * unit with Restart= has had several.
 */
export async function journalOfStart(context: Context, unit: string, machine: string): Promise<readonly string[]> {
  const takenMs = context.environment.clock.monotonic() - context.began;
  try {
    const client = await context.client();
    const query = { lines: JOURNAL_LINES, machine, output: "json" } as const;
    const journal = await text(await client.getUnitJournal(unit, query, context.signal));
    const entries = journal.split("\n").flatMap((line) => parseJournalEntry(line, "") ?? []);
    const since = (entries.at(-1)?.time ?? 0) - takenMs * 1000;
    const lines = entries.filter(({ time }) => time >= since).map((entry) => formatJournalEntry(entry, "short"));
    if (lines.length === 0) return [];
    return ["last lines of the journal:", ...lines.flatMap((line) => line.split("\n")).map((line) => `  ${line}`)];
  } catch (error) {
    context.signal.throwIfAborted();
    return [`cannot read the journal: ${messageOf(error)}`];
  }
}
