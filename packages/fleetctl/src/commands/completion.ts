import { Argument, type Command } from "commander";
import { readGlobalFlags } from "../arguments/global-flags.ts";
import type { Connection } from "../cluster/connection.ts";
import { type Candidate, candidatesFor } from "../completion/candidates.ts";
import { COMPLETION_SCRIPTS, type Shell, SHELLS } from "../completion/scripts.ts";
import { cursorContextOf } from "../completion/cursor-context.ts";
import type { Context } from "../context.ts";
import { chosenClusters, onlyCluster } from "../contexts/chosen-clusters.ts";
import { contextsPath, readContexts } from "../contexts/contexts-file.ts";
import { exitCode } from "../exit-code.ts";
import { terminalText } from "../output/terminal-text.ts";
import { type Declare, examples } from "./declaration.ts";

/** How long the user at the keyboard waits for candidates, in milliseconds. */
const PATIENCE_MS = 1000;

export const declareCompletion: Declare = (program, run) => {
  program
    .command("completion")
    .summary("print a shell completion script")
    .description(
      "Prints a completion script for bash, zsh or fish. It completes commands, flags, and the current names of units and " +
        "machines in the cluster.",
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
  // Called by the scripts: prints candidates for the last word, one a line.
  program
    .command("__complete", { hidden: true })
    .argument("[words...]")
    .action((words: string[]) => run((context) => complete(context, program, words)));
};

/** Completion must never disturb typing: any error means no candidates. */
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
  const cursor = cursorContextOf(program, words);
  const given = readGlobalFlags(cursor.given, environment.variables);
  const signal = AbortSignal.any([environment.signal, AbortSignal.timeout(PATIENCE_MS)]);
  let connection: Promise<Connection> | undefined;
  const client = async () => {
    const { flags } = onlyCluster(chosenClusters(given, environment.variables));
    // SSH may prompt, and takes long.
    if (flags.tunnel !== undefined) return undefined;
    return (await (connection ??= environment.connect(flags, { ...environment, signal }))).client;
  };
  const contexts = () => readContexts(contextsPath(environment.variables));
  try {
    return await candidatesFor(cursor, { directory: environment.directory, client, contexts, signal });
  } finally {
    await (await connection?.catch(() => undefined))?.close();
  }
}
