import { once } from "node:events";
import process from "node:process";
import { isatty, type WriteStream } from "node:tty";
import { systemClock } from "@flotilla/runtime";
import { connect } from "./cluster/connect.ts";
import { InterruptedError } from "./command-error.ts";
import type { Input, Output } from "./environment.ts";
import { localHost } from "./host/local-host.ts";
import { exitCode } from "./exit-code.ts";
import { ForegroundProgram } from "./foreground-program.ts";
import { outputClosed } from "./output/output-closed.ts";
import { terminalText } from "./output/terminal-text.ts";
import { run } from "./run.ts";

/** Runs the program with the streams, environment and signals of this process. */
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
    outputClosed,
    clock: systemClock,
    random: Math.random,
    host: localHost,
    connect,
    runProgram: foreground.run,
  });
  stdin.close();
}

/** The working directory; of a removed directory, the shell's name for it. Commands without local files work there. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return process.env["PWD"] ?? "/";
  }
}

/** Aborts at the first signal; the second one ends the process at once, as without a handler. */
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

/** Opens standard input at the first read only: an open one would keep the process alive. */
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

/** Last resort for an error that escaped `run`, which is a bug: prints no stack unless asked to. */
function endBadly(error: Error): void {
  const shown =
    process.env["FLEETCTL_DEBUG"] || process.argv.includes("--debug") ? (error.stack ?? error.message) : error.message;
  process.stderr.write(
    `internal error (please report it; --debug shows the stack): ${process.stderr.isTTY ? terminalText(shown) : shown}\n`,
  );
  process.exit(exitCode.failed);
}
