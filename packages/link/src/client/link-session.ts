import type { Outcome } from "./outcome.ts";

/** A client's session with one server, whatever carries it. */
export interface LinkClientSession {
  /** The name of the server, for messages. */
  readonly server: string;
  /** Whether new requests may be sent. */
  readonly isOpen: boolean;
  /** Resolves to the reason when no further requests may be sent. */
  readonly left: Promise<string>;
  /**
   * Sends a request and reads its answer.
   * @throws LinkUnavailableError if the request may have been handled and there is no answer.
   */
  exchange(path: string, body: string, signal: AbortSignal): Promise<Outcome>;
  /**
   * Sends a request whose answer is lines, and yields the lines.
   * @returns whether the answer is complete. If not, no server has handled the request.
   * @throws LinkAnswerError if the status is not 200; LinkUnavailableError if the answer is lost; the signal's reason.
   */
  lines(path: string, body: string, signal: AbortSignal): AsyncGenerator<string, boolean>;
  /** Sends no further requests, ends answers of lines, waits a moment for other answers, and ends the session. */
  leave(reason: string): void;
  /** Ends the session at once. */
  end(reason: string): void;
}
