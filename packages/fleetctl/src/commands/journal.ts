import { Option } from "commander";
import type { JournalOutput } from "@flotilla/api/client";
import {
  type KnownInstance,
  machinesOf,
  resolveKnownInstances,
  withoutUnplacedMatches,
} from "../arguments/known-instances.ts";
import { CommandError, UsageError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { MERGED_OUTPUTS, type MergedOutput } from "../journal/journal-entry.ts";
import { printMerged } from "../journal/print-merged.ts";
import { type JournalSource, readJournal } from "../journal/read-journal.ts";
import { type Declare, examples, machine, parseLines, sshPort } from "./declaration.ts";

/** journalctl(1), --output=. A record, so that none of the API's can be missing. */
const OUTPUTS: Readonly<Record<JournalOutput, true>> = {
  short: true,
  "short-full": true,
  "short-iso": true,
  "short-iso-precise": true,
  "short-precise": true,
  "short-monotonic": true,
  "short-unix": true,
  verbose: true,
  export: true,
  json: true,
  "json-pretty": true,
  "json-sse": true,
  "json-seq": true,
  cat: true,
  "with-unit": true,
};

interface JournalOptions {
  readonly machine?: string;
  readonly lines: number;
  readonly follow: boolean;
  readonly output: JournalOutput;
}

export const declareJournal: Declare = (program, run) => {
  program
    .command("journal")
    .summary("print units' journals from their machines")
    .description(
      "Prints the last lines of a unit's journal from the machine that it is on. Of several units, or of a unit that " +
        "is on several machines, the last lines of each, merged in the order of time, behind UNIT@MACHINE.",
    )
    .argument("<unit...>", "names, patterns over the names that the cluster knows, or UNIT@MACHINE")
    .option("--lines <n>", "how many of the last lines of each", parseLines, 10)
    .option("-f, --follow", "go on with new lines as they come, until Ctrl-C", false)
    .addOption(
      new Option("--output <mode>", "how, as journalctl has it").choices(Object.keys(OUTPUTS)).default("short"),
    )
    .addOption(machine())
    .option("--sudo", "taken, without effect: fleetd reads the journal")
    .addOption(sshPort())
    .addHelpText(
      "after",
      examples(
        "fleetctl journal --lines 100 redis.service",
        "fleetctl journal -f 'web@*' redis.service",
        "fleetctl journal heartbeat.service@113f16a7",
      ),
    )
    .action((units: string[], options: JournalOptions) => run((context) => journal(context, units, options)));
};

async function journal(context: Context, args: readonly string[], options: JournalOptions): Promise<number> {
  const { signal } = context;
  const client = await context.client();
  const found = await resolveKnownInstances(client, args, { machine: options.machine, isForReading: true, signal });
  const instances = withoutUnplacedMatches(context, args, found);
  refuseUnplaced(instances);
  const sources = instances.flatMap((instance) =>
    machinesOf(instance).map((machine) => ({ unit: instance.unit.name, machine })),
  );
  const [first, ...others] = sources;
  try {
    if (first && others.length === 0) return await printOne(context, first, options);
    return await printMerged(context, sources, { ...options, output: mergedOutput(options.output) });
  } catch (error) {
    // Following has no other end than Ctrl-C.
    if (signal.aborted && options.follow) return exitCode.ok;
    throw error;
  }
}

async function printOne(context: Context, source: JournalSource, options: JournalOptions): Promise<number> {
  const { environment, signal } = context;
  const parts = (stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> => stream;
  for await (const chunk of readJournal(context, source, { ...options, parts })) {
    if (!environment.stdout.write(chunk)) await environment.stdout.drained(signal);
  }
  return exitCode.ok;
}

function refuseUnplaced(instances: readonly KnownInstance[]): void {
  const unplaced = instances.filter((instance) => machinesOf(instance).length === 0);
  if (unplaced.length === 0) return;
  const lines = unplaced.flatMap(({ unit: { name, reasons = [] } }) => [
    `Unit ${name} does not appear to be running.`,
    ...reasons.map((reason) => `  ${reason}`),
  ]);
  throw new CommandError(lines.join("\n"));
}

function mergedOutput(mode: JournalOutput): MergedOutput {
  const known = MERGED_OUTPUTS.find((output) => output === mode);
  if (known !== undefined) return known;
  throw new UsageError(`--output=${mode} is for one journal; several can be merged as ${MERGED_OUTPUTS.join(", ")}.`);
}
