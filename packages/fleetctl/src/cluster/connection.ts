import type { ClusterClient } from "./cluster-client.ts";

/** An open connection to the cluster. */
export interface Connection {
  readonly client: ClusterClient;
  /** The cause behind a client's error. */
  explain(error: unknown): Promise<unknown>;
  close(): Promise<void>;
}
