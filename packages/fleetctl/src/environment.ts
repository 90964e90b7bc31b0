import type { Clock } from "@flotilla/runtime";
import type { GlobalFlags } from "./arguments/global-flags.ts";
import type { Connection } from "./cluster/connection.ts";

/** A stream to write to, without the rest of node's. */
export interface Output {
  readonly isTerminal: boolean;
  /** Width in characters, of a terminal. */
  readonly columns: number | undefined;
  /** False when the reader is behind: wait for `drained` before the next one. */
  write(data: string | Uint8Array): boolean;
  drained(signal: AbortSignal): Promise<void>;
  /** Writes what moves a terminal's cursor or changes its colours, and nothing that comes from anywhere else. */
  control(sequence: string): void;
  /** Resolves once all that was written has been taken; rejects with the system's error when it cannot be. */
  flushed(): Promise<void>;
}

/** A stream to read from. */
export interface Input extends AsyncIterable<Uint8Array> {
  readonly isTerminal: boolean;
}

/** All that the program may touch outside of itself; tests hand in their own. */
export interface Environment {
  /** Without node and the script. */
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborts with InterruptedError on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Resolves once nobody reads standard output any more; may never, and does not after `signal` has aborted. */
  outputUnread(signal: AbortSignal): Promise<void>;
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
  connect(flags: GlobalFlags, environment: Pick<Environment, "variables" | "signal">): Promise<Connection>;
  /**
   * Runs a program of this computer on this program's own streams, to its end.
   * @param command the program and its arguments.
   * @param variables over those of the environment.
   * @returns its exit code; 128 and the signal's number if a signal ended it, as shells have it.
   * @throws CommandError when it cannot be started.
   */
  runProgram(command: readonly string[], variables?: Readonly<Record<string, string>>): Promise<number>;
}
