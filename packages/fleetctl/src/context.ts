import type { GlobalFlags } from "./arguments/global-flags.ts";
import type { ClusterClient } from "./cluster/cluster-client.ts";
import type { Connection } from "./cluster/connection.ts";
import { type ChosenClusters, chosenClusters, type Cluster, onlyCluster } from "./contexts/chosen-clusters.ts";
import { explainInContext } from "./contexts/in-context-error.ts";
import type { Environment } from "./environment.ts";

/** The dependencies of a command. */
export interface Context {
  readonly environment: Environment;
  /** The flags of the command line and the variables. */
  readonly flags: GlobalFlags;
  readonly signal: AbortSignal;
  /** Start of the command on the clock's monotonic scale. */
  readonly began: number;
  /**
   * The flags with the values of the saved context that is in use.
   *
   * @throws UsageError if several are named.
   */
  clusterFlags(): GlobalFlags;
  /**
   * Connects on the first call, and returns the same client each time.
   *
   * @throws UsageError if several saved contexts are named.
   */
  client(): Promise<ClusterClient>;
  /** One context for each saved context that --context lists; undefined if it names no list. */
  several(): readonly ContextOfCluster[] | undefined;
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

/** The context of a command in one of several clusters. */
export interface ContextOfCluster extends OpenContext {
  /** The name of the saved context. */
  readonly cluster: string;
}

export function createContext(environment: Environment, flags: GlobalFlags): OpenContext {
  let chosen: ChosenClusters | undefined;
  let each: readonly ContextOfCluster[] | undefined;
  const tell = (line: string): void => void environment.stderr.write(`${line}\n`);
  const choose = (): ChosenClusters => {
    if (chosen) return chosen;
    chosen = chosenClusters(flags, environment.variables);
    if (chosen.warning !== undefined) tell(chosen.warning);
    return chosen;
  };
  const own = contextOf(environment, flags, () => onlyCluster(choose()));
  return {
    ...own,
    several() {
      const { isList, clusters } = choose();
      return isList ? (each ??= clusters.map((cluster) => contextOfCluster(environment, flags, cluster))) : undefined;
    },
    explain: async (error) => explainInContext(chosen?.clusters[0].context, await own.explain(error)),
    async close() {
      await Promise.all([own, ...(each ?? [])].map((one) => one.close()));
    },
  };
}

function contextOfCluster(environment: Environment, flags: GlobalFlags, cluster: Cluster): ContextOfCluster {
  const name = cluster.context ?? "";
  const own = contextOf(environment, flags, () => cluster);
  return { ...own, cluster: name, tell: (line) => own.tell(`context ${name}: ${line}`) };
}

function contextOf(environment: Environment, flags: GlobalFlags, cluster: () => Cluster): OpenContext {
  let connection: Promise<Connection> | undefined;
  return {
    environment,
    flags,
    signal: environment.signal,
    began: environment.clock.monotonic(),
    clusterFlags: () => cluster().flags,
    client: async () => (await (connection ??= environment.connect(cluster().flags, environment))).client,
    several: () => undefined,
    print: (line) => void environment.stdout.write(`${line}\n`),
    tell: (line) => void environment.stderr.write(`${line}\n`),
    explain: async (error) => (await connection?.catch(() => undefined))?.explain(error) ?? error,
    async close() {
      await (await connection?.catch(() => undefined))?.close();
    },
  };
}
