import { Option } from "commander";
import { JOURNAL_OUTPUTS, type JournalOutput } from "@flotilla/unit";
import { type FilterFlags, journalFilterOf } from "../journal/filter-flags.ts";
import {
  type KnownUnitOrCopy,
  machinesOf,
  resolveUnitsOrCopies,
  withoutUnplacedMatches,
} from "../arguments/known-units-or-copies.ts";
import { CommandError, UsageError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { RENDERED_OUTPUTS } from "../journal/journal-entry.ts";
import { printJournal, printMerged, type PrintingOptions } from "../journal/print-journals.ts";
import { Failures } from "../output/failures.ts";
import { type JournalSource, readJournal } from "../journal/read-journal.ts";
import { type Declare, examples, ALL_LINES, machine, parseLines, sshPort } from "./declaration.ts";

interface JournalOptions extends FilterFlags {
  readonly machine?: string;
  readonly lines?: number;
  readonly follow: boolean;
  readonly output: JournalOutput;
}

type Printing = Omit<PrintingOptions, "output"> & Pick<JournalOptions, "output">;

/** As in fleet. */
const DEFAULT_LINES = 10;

export const declareJournal: Declare = (program, run) => {
  program
    .command("journal")
    .summary("print the journal of units")
    .description(
      "Prints the last journal lines of a unit from its machine. For several units, or a unit on several machines, prints " +
        "the last lines of each, merged by time and prefixed with UNIT@MACHINE. With --follow, fleetctl reconnects " +
        "after a lost connection and continues at the same line.",
    )
    .argument("<unit...>", "unit names, patterns over unit names in the cluster, or UNIT@MACHINE")
    .option(
      "-n, --lines <n>",
      "number of lines of each journal to print, or all (default 10; all with a filter)",
      parseLines,
    )
    .option("-f, --follow", "print new lines as they arrive, until Ctrl-C", false)
    .addOption(new Option("-o, --output <mode>", "output mode of journalctl").choices(JOURNAL_OUTPUTS).default("short"))
    .option("-S, --since <time>", "only entries from this time on: 2h, yesterday, or a date such as 2026-11-30 12:00")
    .option("-U, --until <time>", "only entries up to this time")
    .option("-p, --priority <level>", "only entries of this priority or a more important one, such as err, or FROM..TO")
    .option("-g, --grep <pattern>", "only entries whose message matches this regular expression")
    .option(
      "-b, --boot <boot>",
      "only entries of one boot: 0 or nothing for the present one, -1 for the one before, or an ID",
    )
    .option("--invocation <id>", "only entries of one run of the unit, by the ID that fleetctl runs shows")
    .addOption(machine())
    .option("--sudo", "accepted without effect: fleetd reads the journal")
    .addOption(sshPort())
    .addHelpText(
      "after",
      examples(
        "fleetctl journal --lines 100 redis.service",
        "fleetctl journal -f 'web@*' redis.service",
        "fleetctl journal --since 2h -p warning -g 'time ?out' redis.service",
        "fleetctl journal heartbeat.service@113f16a7",
      ),
    )
    .action((units: string[], options: JournalOptions) => run((context) => journal(context, units, options)));
};

async function journal(context: Context, args: readonly string[], options: JournalOptions): Promise<number> {
  const { signal } = context;
  const { machine, follow: follows, output } = options;
  const filter = journalFilterOf(options, context.environment.clock.wall());
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  const lines = options.lines ?? (isFiltered && !follows ? ALL_LINES : DEFAULT_LINES);
  const printing = { lines, follow: follows, filter, output };
  const client = await context.client();
  const failures = new Failures(context);
  const found = await resolveUnitsOrCopies(client, args, {
    machine,
    past: true,
    isForReading: true,
    onUnknown: failures.add,
    signal,
  });
  const targets = withoutUnplacedMatches(context, args, found);
  refuseUnplaced(targets);
  const sources = targets.flatMap((target) =>
    machinesOf(target).map((machine) => ({ unit: target.unit.name, machine })),
  );
  const code = await (follows ? follow : print)(context, sources, printing);
  return failures.any ? exitCode.failed : code;
}

/** Ends with Ctrl-C, or when the reader of the output closes it, even while there is nothing to write. */
async function follow(context: Context, sources: readonly JournalSource[], options: Printing): Promise<number> {
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  void context.environment.outputClosed(signal).then(() => over.abort());
  try {
    return await print({ ...context, signal }, sources, options);
  } catch (error) {
    if (signal.aborted) return exitCode.ok;
    throw error;
  } finally {
    over.abort();
  }
}

function print(context: Context, sources: readonly JournalSource[], options: Printing): Promise<number> {
  const { output: mode, lines, follow, filter } = options;
  const output = RENDERED_OUTPUTS.find((rendered) => rendered === mode);
  const [first, ...others] = sources;
  if (first && others.length === 0)
    return output
      ? printJournal(context, first, { lines, follow, filter, output })
      : printText(context, first, options);
  if (output) return printMerged(context, sources, { lines, follow, filter, output });
  throw new UsageError(
    `cannot merge several journals with --output=${mode}: use one of ${RENDERED_OUTPUTS.join(", ")}`,
  );
}

/** Prints journalctl's output unchanged. */
async function printText(
  context: Context,
  source: JournalSource,
  { lines, follow, filter, output }: Printing,
): Promise<number> {
  const { environment, signal } = context;
  const reading = {
    from: { lines },
    follow,
    output,
    filter,
    parts: (stream: AsyncIterable<Uint8Array>) => stream,
    cursorOf: () => undefined,
  };
  for await (const chunk of readJournal(context, source, reading)) {
    if (!environment.stdout.write(chunk)) await environment.stdout.drained(signal);
  }
  return exitCode.ok;
}

function refuseUnplaced(targets: readonly KnownUnitOrCopy[]): void {
  const unplaced = targets.filter((target) => machinesOf(target).length === 0);
  if (unplaced.length === 0) return;
  const lines = unplaced.flatMap(({ unit: { name, reasons = [] } }) => [
    `Unit ${name} does not appear to be running.`,
    ...reasons.map((reason) => `  ${reason}`),
  ]);
  throw new CommandError(lines.join("\n"));
}
