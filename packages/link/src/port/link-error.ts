import { FlotillaError, OutageError } from "@flotilla/runtime";

/** No server answered, or the session ended before the answer. The request may have taken effect. */
export class LinkUnavailableError extends OutageError {
  readonly code = "link-unavailable";
}

/**
 * What a refusal means to a program. `removed`: a person has ended the membership that the machine's certificate names.
 * Other values are of a later version.
 */
export type RefusalCode = "removed";

/**
 * The servers refuse this machine, with a reason. The link asks again slowly. Only a server whose certificate is of the
 * machine's own cluster can refuse it: whatever else answers is LinkUnavailableError.
 */
export class LinkRefusedError extends FlotillaError {
  readonly code = "link-refused";
  readonly reason: string;
  readonly refusal: RefusalCode | undefined;

  constructor(server: string, reason: string, refusal?: RefusalCode) {
    super(`server ${server} refuses this machine: ${reason}`);
    this.reason = reason;
    this.refusal = refusal;
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

  /** The answer whose body is `{"reason": reason}`, with the code of a refusal if it has one. */
  static because(status: number, reason: string, refusal?: RefusalCode): LinkAnswerError {
    return new LinkAnswerError(status, JSON.stringify({ reason, refusal }), reason);
  }
}

/** Thrown to a handler: the client or the session ended the call. Nobody reads an answer. */
export class LinkCallEndedError extends FlotillaError {
  readonly code = "link-call-ended";
}

/** Returns the reason in the body of a refusal; undefined if the body has none. */
export function reasonOf(body: string): string | undefined {
  const { reason } = fieldsOf(body);
  return typeof reason === "string" ? reason : undefined;
}

/** Returns the code in the body of a refusal; undefined if the body has none that this version knows. */
export function refusalOf(body: string): RefusalCode | undefined {
  return fieldsOf(body).refusal === "removed" ? "removed" : undefined;
}

function fieldsOf(body: string): { readonly reason?: unknown; readonly refusal?: unknown } {
  try {
    return (JSON.parse(body) ?? {}) as { readonly reason?: unknown; readonly refusal?: unknown };
  } catch {
    return {};
  }
}
