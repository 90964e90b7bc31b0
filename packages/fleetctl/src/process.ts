import { once } from "node:events";
import process from "node:process";
import type { WriteStream } from "node:tty";
import { systemClock } from "@flotilla/runtime";
import { connect } from "./cluster/connect.ts";
import { InterruptedError } from "./command-error.ts";
import type { Output } from "./environment.ts";
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
  process.exitCode = await run({
    args,
    variables: process.env,
    directory: process.cwd(),
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    signal: interrupted.signal,
    clock: systemClock,
    connect,
  });
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
