/** What passes between a client and a server: a request, its answer, or one line of its answer. */
export interface Passage {
  readonly kind: "request" | "answer" | "line";
  readonly path: string;
  /** The body of the request or of the answer, or the line. */
  readonly text: string;
}

/**
 * Faults between one client and the servers. A hook that waits delays what passes. A hook that throws breaks the session:
 * everything in flight on it rejects. A hook that waits forever simulates a partition; a request then ends at its limit.
 */
export interface LinkHooks {
  /** Runs before the server gets a request. */
  before?(passage: Passage, signal: AbortSignal): Promise<void>;
  /** Runs before the client gets an answer or a line. */
  after?(passage: Passage, signal: AbortSignal): Promise<void>;
}
