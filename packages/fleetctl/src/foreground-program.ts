import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import process from "node:process";
import { CommandError } from "./command-error.ts";
import { systemReason } from "./system-reason.ts";

/** Runs another program, such as an editor or ssh, on this program's streams; one at a time. */
export class ForegroundProgram {
  #child: ChildProcess | undefined;

  /** See Environment.runProgram. */
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
      throw new CommandError(`cannot run ${program}: ${systemReason(error)}`);
    } finally {
      this.#child = undefined;
    }
  };

  /**
   * Whether the foreground program handles a signal instead of fleetctl. Ctrl-C reaches the program from the terminal;
   * a SIGTERM to fleetctl alone is forwarded.
   */
  takes(signal: "SIGINT" | "SIGTERM"): boolean {
    if (signal === "SIGTERM") this.#child?.kill(signal);
    return this.#child !== undefined;
  }
}
