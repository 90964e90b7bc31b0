import type { Clock } from "@flotilla/runtime";
import type { GlobalFlags } from "./arguments/global-flags.ts";
import type { ClusterClient } from "./cluster/cluster-client.ts";

/** A stream to write to, without the rest of node's. */
export interface Output {
  readonly isTerminal: boolean;
  /** Width in characters, of a terminal. */
  readonly columns: number | undefined;
  /** False when the reader is behind: wait for `drained` before the next one. */
  write(data: string | Uint8Array): boolean;
  drained(signal: AbortSignal): Promise<void>;
}

/** All that the program may touch outside of itself; tests hand in their own. */
export interface Environment {
  /** Without node and the script. */
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborts with InterruptedError on Ctrl-C. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  connect(flags: GlobalFlags, signal: AbortSignal): Promise<ClusterClient>;
}
