import { once } from "node:events";
import process from "node:process";
import { isatty, type WriteStream } from "node:tty";
import { systemClock } from "@flotilla/runtime";
import { connect } from "./cluster/connect.ts";
import { InterruptedError } from "./command-error.ts";
import type { Input, Output } from "./environment.ts";
import { exitCode } from "./exit-code.ts";
import { ForegroundProgram } from "./foreground-program.ts";
import { outputUnread } from "./output/output-unread.ts";
import { terminalText } from "./output/terminal-text.ts";
import { run } from "./run.ts";

/** Runs the program as this process: its streams, its environment, its signals. */
export async function runProcess(args: readonly string[]): Promise<void> {
  const foreground = new ForegroundProgram();
  const signal = interruptedBy(["SIGINT", "SIGTERM"], foreground);
  process.on("uncaughtException", (error) => endBadly(error));
  const stdin = lazyStdin();
  process.exitCode = await run({
    args,
    variables: process.env,
    directory: workingDirectory(),
    stdin,
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    signal,
    outputUnread,
    clock: systemClock,
    random: Math.random,
    connect,
    runProgram: foreground.run,
  });
  stdin.close();
}

/** Of a directory that was removed the shell still has the name; what needs no file works there as anywhere. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return process.env["PWD"] ?? "/";
  }
}

/** The second signal ends the process at once, as without a handler. */
function interruptedBy(names: readonly ("SIGINT" | "SIGTERM")[], foreground: ForegroundProgram): AbortSignal {
  const interrupted = new AbortController();
  for (const name of names) {
    const onSignal = (): void => {
      if (foreground.takes(name)) return;
      process.off(name, onSignal);
      interrupted.abort(new InterruptedError());
    };
    process.on(name, onSignal);
  }
  return interrupted.signal;
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

function outputOf(stream: WriteStream): Output {
  return {
    isTerminal: stream.isTTY,
    columns: stream.columns,
    write: (data) => stream.write(data),
    control: (sequence) => void stream.write(sequence),
    async drained(signal) {
      await once(stream, "drain", { signal });
    },
    flushed: () =>
      new Promise((resolve, reject) => {
        stream.write("", (error) => (error ? reject(error) : resolve()));
      }),
  };
}

/** The last resort: what escaped `run` is a mistake of ours, and no reason to show a stack. */
function endBadly(error: Error): void {
  const shown =
    process.env["FLEETCTL_DEBUG"] || process.argv.includes("--debug") ? (error.stack ?? error.message) : error.message;
  process.stderr.write(
    `fleetctl ended by a mistake of its own (--debug shows where): ${process.stderr.isTTY ? terminalText(shown) : shown}\n`,
  );
  process.exit(exitCode.failed);
}
