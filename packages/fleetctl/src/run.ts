import { CommanderError } from "commander";
import { FlotillaError, messageOf } from "@flotilla/runtime";
import { completeCommandLine } from "./arguments/command-line.ts";
import { parseGoBoolean } from "./arguments/go-boolean.ts";
import { readGlobalFlags } from "./arguments/global-flags.ts";
import { isApiError } from "./cluster/api-refusal.ts";
import type { Run } from "./commands/declaration.ts";
import { createContext } from "./context.ts";
import type { Environment } from "./environment.ts";
import { exitCodeOf } from "./exit-code-of.ts";
import { exitCode } from "./exit-code.ts";
import { cleanTerminal } from "./output/terminal-text.ts";
import { createProgram } from "./program.ts";

/** Runs the program once. Converts every error to a message and an exit code. */
export async function run(given: Environment): Promise<number> {
  const environment = { ...given, stdout: cleanTerminal(given.stdout), stderr: cleanTerminal(given.stderr) };
  const { args, stdout, stderr, variables } = environment;
  let code: number = exitCode.ok;
  const runCommand: Run = async (work) => {
    const context = createContext(environment, readGlobalFlags(program.opts(), variables));
    try {
      code = await work(context);
    } catch (error) {
      throw await context.explain(error);
    } finally {
      await context.close();
    }
  };
  const program = createProgram(stdout, stderr, runCommand);
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(completeCommandLine(program, args), { from: "user" });
    return code;
  } catch (error) {
    return report(
      environment,
      error,
      program.opts()["debug"] === true || parseGoBoolean(variables["FLEETCTL_DEBUG"] ?? "") === true,
    );
  }
}

function report({ stderr, signal }: Environment, error: unknown, isDebug: boolean): number {
  // Commander has already printed its message.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  if (isDebug && error instanceof Error) stderr.write(`${error.stack ?? error.message}\n`);
  if (signal.aborted) return exitCode.interrupted;
  if (!isForPeople(error)) stderr.write("internal error (please report it; --debug shows the stack): ");
  stderr.write(`${messageOf(error)}\n`);
  if (isApiError(error)) for (const reason of error.reasons) stderr.write(`  ${reason}\n`);
  return exitCodeOf(error);
}

/** Whether the error was thrown on purpose: such errors have a code, and a message for users. */
function isForPeople(error: unknown): boolean {
  return error instanceof FlotillaError || (error instanceof Error && "code" in error);
}
