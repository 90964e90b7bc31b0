import { FlotillaError, OutageError } from "@flotilla/runtime";

/** No server answered, or the session ended before the answer. The request may have taken effect. */
export class LinkUnavailableError extends OutageError {
  readonly code = "link-unavailable";
}

/** The servers refuse this machine, with a reason: for example its membership was removed. The link asks again slowly. */
export class LinkRefusedError extends FlotillaError {
  readonly code = "link-refused";
  readonly reason: string;

  constructor(server: string, reason: string) {
    super(`server ${server} refuses this machine: ${reason}`);
    this.reason = reason;
  }
}

/**
 * An answer other than 200. Thrown to the reader of lines; thrown by a handler, it is the answer.
 * @param body the whole body of the answer.
 */
export class LinkAnswerError extends FlotillaError {
  readonly code = "link-answer";
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string, message = reasonOf(body) ?? `the server answered with status ${status}`) {
    super(message);
    this.status = status;
    this.body = body;
  }

  /** The answer whose body is `{"reason": reason}`. */
  static because(status: number, reason: string): LinkAnswerError {
    return new LinkAnswerError(status, JSON.stringify({ reason }), reason);
  }
}

/** Thrown to a handler: the client or the session ended the call. Nobody reads an answer. */
export class LinkCallEndedError extends FlotillaError {
  readonly code = "link-call-ended";
}

/** Returns the reason in the body of a refusal; undefined if the body has none. */
export function reasonOf(body: string): string | undefined {
  try {
    const { reason } = JSON.parse(body) as { readonly reason?: unknown };
    return typeof reason === "string" ? reason : undefined;
  } catch {
    return undefined;
  }
}
