import { type ChildProcessByStdio, spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { FlotillaError } from "@flotilla/runtime";

export interface CommandOptions {
  /** Text for the command's standard input, which is then closed. Default: standard input is /dev/null. */
  readonly input?: string;
  /** The time after which the command is killed (SIGKILL), in milliseconds. Default: 30,000; 0 for no limit. */
  readonly timeoutMs?: number;
  /** Whether to throw CommandError unless the command exits with 0. Default: true. */
  readonly check?: boolean;
  /** Variables to add to the environment, which does not depend on the shell that started the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** Kills the command when aborted. */
  readonly signal?: AbortSignal;
}

export interface CommandResult {
  /** The exit code, or 128 plus the signal's number, as in a shell. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class CommandError extends FlotillaError {
  readonly code = "LAB_COMMAND_FAILED";
  readonly result: CommandResult;

  constructor(command: readonly string[], result: CommandResult) {
    const said = (result.stderr.trim() || result.stdout.trim()).slice(-2000);
    super(`"${command.join(" ")}" ended with ${result.code}${said ? `: ${said}` : ""}`);
    this.result = result;
  }
}

/**
 * The environment of a systemd service. Commands do not inherit the environment of the shell that started the tests.
 */
const BASE_ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  USER: "root",
  LANG: "C.UTF-8",
  TERM: "dumb",
};

/**
 * Runs a command until it ends.
 * @throws CommandError unless it exits with 0 or `check` is false.
 */
export async function run(command: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const running = new RunningCommand(command, { timeoutMs: 30_000, ...options });
  const [stdout, stderr, code] = await Promise.all([text(running.stdout), text(running.stderr), running.exit]);
  const result: CommandResult = { code, stdout, stderr };
  if (code !== 0 && (options.check ?? true)) throw new CommandError(command, result);
  return result;
}

/** A running command in a process group of its own, so that a signal reaches all its processes. */
export class RunningCommand {
  readonly #child: ChildProcessByStdio<Writable | null, Readable, Readable>;
  /** Resolves when the command has ended, with its exit code. */
  readonly exit: Promise<number>;

  constructor(command: readonly string[], options: CommandOptions = {}) {
    const [file = "", ...args] = command;
    const spawning = { cwd: "/", env: { ...BASE_ENVIRONMENT, ...options.env }, detached: true };
    // Without input, do not use a pipe: Node's pipes are sockets, and a bash whose input is a socket assumes rsh and
    // reads .bashrc.
    this.#child =
      options.input === undefined
        ? spawn(file, args, { ...spawning, stdio: ["ignore", "pipe", "pipe"] })
        : spawn(file, args, { ...spawning, stdio: ["pipe", "pipe", "pipe"] });
    this.exit = this.#exit(options);
    // A command may end without reading its input.
    this.#child.stdin?.on("error", () => {});
    this.#child.stdin?.end(options.input);
  }

  get stdout(): Readable {
    return this.#child.stdout;
  }

  get stderr(): Readable {
    return this.#child.stderr;
  }

  /** Standard output line by line, until it ends. */
  lines(): AsyncIterable<string> {
    return createInterface({ input: this.#child.stdout, crlfDelay: Infinity });
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.exit;
  }

  async #exit({ timeoutMs = 0, signal }: CommandOptions): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#child.once("error", reject);
    this.#child.once("exit", (code, name) => resolve(code ?? 128 + (name === null ? 0 : constants.signals[name])));
    const kill = (): void => this.kill();
    const timer = timeoutMs > 0 ? setTimeout(kill, timeoutMs) : undefined;
    signal?.addEventListener("abort", kill, { once: true });
    if (signal?.aborted) kill();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", kill);
    }
  }
}
