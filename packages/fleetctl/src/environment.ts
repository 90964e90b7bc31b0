import type { Clock } from "@flotilla/runtime";
import type { GlobalFlags } from "./arguments/global-flags.ts";
import type { Connection } from "./cluster/connection.ts";
import type { LocalHost } from "./host/local-host.ts";

/** The part of a node stream that commands write to. */
export interface Output {
  readonly isTerminal: boolean;
  /** Width of the terminal in characters. */
  readonly columns: number | undefined;
  /** False if the reader is slow: wait for `drained` before the next write. */
  write(data: string | Uint8Array): boolean;
  drained(signal: AbortSignal): Promise<void>;
  /** Writes a control sequence for the terminal's cursor or colours, never text from outside. */
  control(sequence: string): void;
  /** Resolves once all data is written; rejects with the system's error. */
  flushed(): Promise<void>;
}

/** The part of a node stream that commands read from. */
export interface Input extends AsyncIterable<Uint8Array> {
  readonly isTerminal: boolean;
}

/** Everything outside the program that it may use; tests pass their own. */
export interface Environment {
  /** Arguments after node and the script. */
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborts with InterruptedError on Ctrl-C. */
  readonly signal: AbortSignal;
  /**
   * Resolves once the reader of standard output has closed it. May never resolve, and never resolves after `signal`
   * aborts.
   */
  outputClosed(signal: AbortSignal): Promise<void>;
  readonly clock: Clock;
  /** A random number in [0, 1). */
  readonly random: () => number;
  /** The host that fleetctl runs on. */
  readonly host: LocalHost;
  connect(flags: GlobalFlags, environment: Pick<Environment, "variables" | "signal">): Promise<Connection>;
  /**
   * Runs a local program on this program's own streams until it exits.
   *
   * @param command the program and its arguments.
   * @param variables additional environment variables.
   * @returns its exit code, or 128 plus the signal's number, as in shells.
   * @throws CommandError if the program does not start.
   */
  runProgram(command: readonly string[], variables?: Readonly<Record<string, string>>): Promise<number>;
}
