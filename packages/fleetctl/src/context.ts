import type { GlobalFlags } from "./arguments/global-flags.ts";
import type { ClusterClient } from "./cluster/cluster-client.ts";
import type { Connection } from "./cluster/connection.ts";
import type { Environment } from "./environment.ts";

/** The dependencies of a command. */
export interface Context {
  readonly environment: Environment;
  readonly flags: GlobalFlags;
  readonly signal: AbortSignal;
  /** Start of the command on the clock's monotonic scale. */
  readonly began: number;
  /** Connects on the first call, and returns the same client each time. */
  client(): Promise<ClusterClient>;
  /** Writes a line to stdout: a result. */
  print(line: string): void;
  /** Writes a line to stderr: scripts do not read it. */
  tell(line: string): void;
}

export interface OpenContext extends Context {
  /** The cause behind an error of the command. */
  explain(error: unknown): Promise<unknown>;
  close(): Promise<void>;
}

export function createContext(environment: Environment, flags: GlobalFlags): OpenContext {
  let connection: Promise<Connection> | undefined;
  return {
    environment,
    flags,
    signal: environment.signal,
    began: environment.clock.monotonic(),
    client: async () => (await (connection ??= environment.connect(flags, environment))).client,
    print: (line) => void environment.stdout.write(`${line}\n`),
    tell: (line) => void environment.stderr.write(`${line}\n`),
    explain: async (error) => (await connection?.catch(() => undefined))?.explain(error) ?? error,
    async close() {
      await (await connection?.catch(() => undefined))?.close();
    },
  };
}
