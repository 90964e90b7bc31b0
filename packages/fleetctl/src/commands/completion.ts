import { Argument, type Command } from "commander";
import { readGlobalFlags } from "../arguments/global-flags.ts";
import type { Connection } from "../cluster/connection.ts";
import { type Candidate, candidatesFor } from "../completion/candidates.ts";
import { COMPLETION_SCRIPTS, type Shell, SHELLS } from "../completion/scripts.ts";
import { situationOf } from "../completion/situation.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { terminalText } from "../output/terminal-text.ts";
import { type Declare, examples } from "./declaration.ts";

/** Somebody waits at the keyboard: no answer by then is none, milliseconds. */
const PATIENCE_MS = 1000;

export const declareCompletion: Declare = (program, run) => {
  program
    .command("completion")
    .summary("print what a shell needs to complete fleetctl's arguments")
    .description(
      "Prints what bash, zsh or fish needs to complete commands, flags, and the names of the units and machines that " +
        "the cluster has at that moment.",
    )
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .addHelpText(
      "after",
      examples(
        "fleetctl completion bash > /etc/bash_completion.d/fleetctl",
        "fleetctl completion zsh > /usr/share/zsh/site-functions/_fleetctl",
        "fleetctl completion fish > ~/.config/fish/completions/fleetctl.fish",
      ),
    )
    .action((shell: Shell) =>
      run((context) => {
        context.environment.stdout.write(COMPLETION_SCRIPTS[shell]);
        return Promise.resolve(exitCode.ok);
      }),
    );
  // What those scripts ask: candidates for the last word, one a line.
  program
    .command("__complete", { hidden: true })
    .argument("[words...]")
    .action((words: string[]) => run((context) => complete(context, program, words)));
};

/** Completing must never get in the way of typing: whatever is wrong, there are only no candidates then. */
async function complete(context: Context, program: Command, words: readonly string[]): Promise<number> {
  const candidates = await completeNow(context, program, words).catch((): readonly Candidate[] => []);
  const lines = candidates.map(({ word, help }) => `${word}\t${terminalText(help).replace(/\s+/g, " ")}\n`);
  context.environment.stdout.write(lines.join(""));
  return exitCode.ok;
}

async function completeNow(
  { environment }: Context,
  program: Command,
  words: readonly string[],
): Promise<readonly Candidate[]> {
  const situation = situationOf(program, words);
  const flags = readGlobalFlags(situation.given, environment.variables);
  const signal = AbortSignal.any([environment.signal, AbortSignal.timeout(PATIENCE_MS)]);
  let connection: Promise<Connection> | undefined;
  const connect = (): Promise<Connection> => environment.connect(flags, { ...environment, signal });
  // SSH may ask something, and takes its time.
  const client = async () => (flags.tunnel === undefined ? (await (connection ??= connect())).client : undefined);
  try {
    return await candidatesFor(situation, { directory: environment.directory, client, signal });
  } finally {
    await (await connection?.catch(() => undefined))?.close();
  }
}
