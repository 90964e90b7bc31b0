import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import process from "node:process";
import { CommandError } from "./command-error.ts";
import { systemReason } from "./system-reason.ts";

/** Another program on this one's streams, one at a time: an editor, ssh. */
export class ForegroundProgram {
  #child: ChildProcess | undefined;

  /** As Environment.runProgram. */
  readonly run = async (
    [program = "", ...args]: readonly string[],
    variables: Readonly<Record<string, string>> = {},
  ): Promise<number> => {
    const child = spawn(program, args, { stdio: "inherit", env: { ...process.env, ...variables } });
    this.#child = child;
    try {
      const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
      return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
    } catch (error) {
      throw new CommandError(`${program} cannot be run: ${systemReason(error)}.`);
    } finally {
      this.#child = undefined;
    }
  };

  /**
   * Whether a signal is the program's and not ours. Ctrl-C reaches it from the terminal by itself, and what it does
   * then is its own affair; what was sent to us alone is handed on.
   */
  takes(signal: "SIGINT" | "SIGTERM"): boolean {
    if (signal === "SIGTERM") this.#child?.kill(signal);
    return this.#child !== undefined;
  }
}
