/** The answer to a request. The body of an answer other than 200 is `{"reason": …}`, unless its handler says otherwise. */
export interface LinkAnswer {
  readonly status: number;
  readonly body: string;
}

export interface LinkRequestOptions {
  /** Ends the request; the server's handler gets the abort. */
  readonly signal?: AbortSignal | undefined;
  /** The time for the whole request, with the wait for a session, milliseconds. */
  readonly limitMs: number;
}

/**
 * An agent's side of its one session with a server. The session may end and continue with another server at any time.
 *
 * A request that a server may have got is never repeated. Its caller decides, because only the caller knows whether the
 * request may take effect twice.
 */
export interface Link {
  /**
   * Sends a request and resolves to its whole answer, whatever its status.
   * @throws LinkUnavailableError if no server answers in time, or if the session ends before the answer: the request
   *   may have taken effect.
   * @throws LinkRefusedError if the servers refuse this machine.
   * @throws the signal's reason, as soon as `signal` aborts.
   */
  request(path: string, body: string, options: LinkRequestOptions): Promise<LinkAnswer>;
  /**
   * Sends a request whose answer is lines, and yields each line as it arrives, without its end-of-line character. A
   * consumer that stops reading stops the server by flow control; after some seconds the server ends the answer. Leaving
   * the loop ends the request.
   * @throws LinkUnavailableError if the session ends, or if the server ends the answer because of an error.
   * @throws LinkAnswerError if the status is not 200.
   * @throws LinkRefusedError if the servers refuse this machine.
   * @throws the signal's reason, as soon as `signal` aborts.
   */
  lines(path: string, body: string, signal: AbortSignal): AsyncIterable<string>;
  /**
   * Ends the session. Requests in flight and later ones reject with LinkUnavailableError, or with the refusal if the
   * servers refused this machine.
   */
  close(): void;
}
