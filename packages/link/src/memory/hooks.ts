/** What passes between a client and a server: a request, its answer, one line of its answer, or a PING and its answer. */
export interface Passage {
  readonly kind: "request" | "ping" | "answer" | "line" | "pong";
  /** The path of the request; empty for a PING. */
  readonly path: string;
  /** The body of the request or of the answer, or the line. */
  readonly text: string;
}

/**
 * Faults between one client and the servers. A hook that waits delays what passes. A hook that throws breaks the session:
 * everything in flight on it rejects. A hook that waits forever simulates a partition; a request then ends at its limit.
 */
export interface LinkHooks {
  /** Runs before the server gets a request or a PING. */
  before?(passage: Passage, signal: AbortSignal): Promise<void>;
  /** Runs before the client gets an answer, a line or a pong. */
  after?(passage: Passage, signal: AbortSignal): Promise<void>;
}
