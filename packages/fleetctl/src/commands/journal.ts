import type { JournalOutput } from "@flotilla/api/client";
import { unitNameOf } from "../arguments/unit-argument.ts";
import { isRefusal } from "../cluster/api-refusal.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { type Declare, examples, machine, parseLines, sshPort } from "./declaration.ts";

interface JournalOptions {
  readonly machine?: string;
  readonly lines: number;
  readonly follow: boolean;
  readonly output: JournalOutput;
}

export const declareJournal: Declare = (program, run) => {
  program
    .command("journal")
    .summary("print a unit's journal from its machine")
    .description("Prints the last lines of a unit's journal from the machine that it is on.")
    .argument("<unit>", "a unit's name")
    .option("--lines <n>", "how many of the last lines", parseLines, 10)
    .option("-f, --follow", "go on with new lines as they come, until Ctrl-C", false)
    .option("--output <mode>", "one of journalctl's output modes, such as short, cat or json", "short")
    .addOption(machine())
    .option("--sudo", "taken, without effect: fleetd reads the journal")
    .addOption(sshPort())
    .addHelpText("after", examples("fleetctl journal --lines 100 redis.service", "fleetctl journal -f redis.service"))
    .action((unit: string, options: JournalOptions) => run((context) => journal(context, unit, options)));
};

async function journal(context: Context, argument: string, options: JournalOptions): Promise<number> {
  const name = unitNameOf(argument);
  const client = await context.client();
  const { environment, signal } = context;
  const { machine, lines, follow, output } = options;
  try {
    const chunks = await client.getUnitJournal(
      name,
      { lines, follow, output, ...(machine !== undefined && { machine }) },
      signal,
    );
    for await (const chunk of chunks as AsyncIterable<Uint8Array>) {
      if (!environment.stdout.write(chunk)) await environment.stdout.drained(signal);
    }
    return exitCode.ok;
  } catch (error) {
    // Following has no other end than Ctrl-C.
    if (signal.aborted && follow) return exitCode.ok;
    if (isRefusal(error, "unit-not-found")) throw new CommandError(`Unit ${name} does not exist.`);
    if (isRefusal(error, "not-placed")) {
      throw new CommandError(
        [`Unit ${name} does not appear to be running.`, ...error.reasons.map((reason) => `  ${reason}`)].join("\n"),
      );
    }
    throw error;
  }
}
