import type { SecretSource } from "@flotilla/agent";
import type { EntranceHandler } from "@flotilla/api";

/** What a daemon does for the cluster beside its agent: the part that differs between a server and an agent. */
export interface Role {
  /** Answers requests on this host's API sockets. */
  handler(): Promise<EntranceHandler>;
  /**
   * Obtains the machine's certificate and listens for other daemons. Waits for the store or a server.
   * @param onWaiting called with the reason after each failed attempt.
   * @returns the port on which other daemons reach this one.
   */
  join(onWaiting: (reason: string) => void, signal: AbortSignal): Promise<number>;
  /** Where this machine's agent gets secrets from. */
  readonly secrets: SecretSource;
  /** Works until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Rejects with the internal error that ended a part; never resolves. */
  readonly failure: Promise<never>;
  /** Ends every stream of the API with a reason. */
  endStreams(): Promise<void>;
  close(): Promise<void>;
}
