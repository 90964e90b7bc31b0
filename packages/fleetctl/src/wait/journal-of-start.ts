import { text } from "node:stream/consumers";
import { messageOf } from "@flotilla/runtime";
import type { Context } from "../context.ts";
import { formatJournalEntry, parseJournalEntry } from "../journal/journal-entry.ts";

const JOURNAL_LINES = 10;

/**
 * The last lines of a unit's journal, for people, without those of earlier runs. Two computers' clocks need not agree:
 * what is older than the last entry by more than the command has taken is from before it. By an invocation's ID it
 * could not be told, since a unit that systemd starts again at once has had several.
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
    return ["The last lines of its journal:", ...lines.flatMap((line) => line.split("\n")).map((line) => `  ${line}`)];
  } catch (error) {
    context.signal.throwIfAborted();
    return [`Its journal cannot be read: ${messageOf(error)}`];
  }
}
