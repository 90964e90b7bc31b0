import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import process from "node:process";
import { isatty, type WriteStream } from "node:tty";
import { messageOf, systemClock } from "@flotilla/runtime";
import { connect } from "./cluster/connect.ts";
import { CommandError, InterruptedError } from "./command-error.ts";
import type { Input, Output } from "./environment.ts";
import { exitCode } from "./exit-code.ts";
import { run } from "./run.ts";

/** Runs the program as this process: its streams, its environment, its signals. */
export async function runProcess(args: readonly string[]): Promise<void> {
  const interrupted = new AbortController();
  // The second one ends the process at once, as without a handler.
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => interrupted.abort(new InterruptedError()));
  process.on("uncaughtException", (error) => endBadly(error));
  endQuietlyWithoutReader(process.stdout);
  const stdin = lazyStdin();
  process.exitCode = await run({
    args,
    variables: process.env,
    directory: process.cwd(),
    stdin,
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    signal: interrupted.signal,
    clock: systemClock,
    connect,
    runProgram,
  });
  stdin.close();
}

/** Standard input is opened only by what reads it; what nobody reads any more must not keep the process. */
function lazyStdin(): Input & { close(): void } {
  let opened: NodeJS.ReadStream | undefined;
  return {
    isTerminal: isatty(0),
    [Symbol.asyncIterator]: () => (opened = process.stdin)[Symbol.asyncIterator](),
    close: () => void opened?.destroy(),
  };
}

async function runProgram(
  [program = "", ...args]: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<number> {
  const child = spawn(program, args, { stdio: "inherit", env: { ...process.env, ...variables } });
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  } catch (error) {
    throw new CommandError(`${program} cannot be run: ${messageOf(error)}.`);
  }
}

function outputOf(stream: WriteStream): Output {
  return {
    isTerminal: stream.isTTY,
    columns: stream.columns,
    write: (data) => stream.write(data),
    async drained(signal) {
      await once(stream, "drain", { signal });
    },
  };
}

/** `fleetctl ... | head` is no error: what reads no more wants no more. */
function endQuietlyWithoutReader(stream: NodeJS.WritableStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(exitCode.ok);
  });
}

/** The last resort: what escaped `run` is a mistake of ours, and no reason to show a stack. */
function endBadly(error: Error): void {
  const shown =
    process.env["FLEETCTL_DEBUG"] || process.argv.includes("--debug") ? (error.stack ?? error.message) : error.message;
  process.stderr.write(`fleetctl ended by a mistake of its own (--debug shows where): ${shown}\n`);
  process.exit(exitCode.failed);
}
