import type { ClusterClient } from "./cluster-client.ts";

/** A way to the cluster, and what it needs besides. */
export interface Connection {
  readonly client: ClusterClient;
  /** What lies behind an error of the client's. */
  explain(error: unknown): Promise<unknown>;
  close(): Promise<void>;
}
