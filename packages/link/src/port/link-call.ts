/** A machine's session with this server. All calls of one session have the same object. */
export interface LinkSession {
  readonly machineID: string;
  /** The address that the session comes from, without the port. */
  readonly remoteAddress: string;
  /** Aborts when the session ends. */
  readonly ended: AbortSignal;
}

/**
 * One request of a machine, as its handler sees it. The handler gives one `answer`, or any number of `line` and then
 * `end`. It may throw a LinkAnswerError before the first line instead.
 */
export interface LinkCall {
  readonly machineID: string;
  readonly session: LinkSession;
  readonly path: string;
  /** Aborts with a LinkCallEndedError when the client or the session ends the call. */
  readonly signal: AbortSignal;
  /**
   * Resolves to the request's body.
   * @throws LinkAnswerError if the body exceeds the limit or is not UTF-8.
   * @throws LinkCallEndedError if the call ends before the body has arrived.
   */
  body(): Promise<string>;
  /** Answers with a whole body. Does nothing once the call has ended. */
  answer(status: number, body: string): void;
  /**
   * Sends a line; the text must not contain a line feed. Resolves when more may be written: wait for it, because the
   * memory for a slow client is bounded by that.
   * @throws LinkCallEndedError if the call has ended, or if the client reads too slowly.
   */
  line(text: string): Promise<void>;
  /** Ends an answer of lines. Without a line, the answer is empty. */
  end(): void;
}

/** Handles the requests whose path begins with the handler's prefix. */
export type LinkHandler = (call: LinkCall) => Promise<void>;

/** The handlers of a server by prefix of path, such as `/store/v1/`. The longest prefix of a path counts. */
export type LinkRoutes = ReadonlyMap<string, LinkHandler>;
