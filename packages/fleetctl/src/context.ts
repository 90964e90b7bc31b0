import type { GlobalFlags } from "./arguments/global-flags.ts";
import type { ClusterClient } from "./cluster/cluster-client.ts";
import type { Connection } from "./cluster/connection.ts";
import type { Environment } from "./environment.ts";

/** What a command works with. */
export interface Context {
  readonly environment: Environment;
  readonly flags: GlobalFlags;
  readonly signal: AbortSignal;
  /** When the command began, by the clock's monotonic time. */
  readonly began: number;
  /** The same one each time. */
  client(): Promise<ClusterClient>;
  /** A line on stdout: a result. */
  print(line: string): void;
  /** A line on stderr: what scripts do not read. */
  tell(line: string): void;
}

export interface OpenContext extends Context {
  /** What lies behind an error that the work ended with. */
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
