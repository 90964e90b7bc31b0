import { LinkAnswerError } from "@flotilla/link";
import { codeOf, type GatewayCode, statusOf } from "../wire/errors.ts";

/** Returns the answer for a request that the server itself refuses. */
export function refusal(code: GatewayCode, reason: string): LinkAnswerError {
  return new LinkAnswerError(statusOf(code), JSON.stringify({ code, reason }), reason);
}

/** Converts an error of the store to an answer. Returns any other error unchanged, which the link then logs. */
export function answerOf(thrown: unknown): unknown {
  const code = codeOf(thrown);
  if (code === undefined || !(thrown instanceof Error)) return thrown;
  return new LinkAnswerError(statusOf(code), JSON.stringify({ code, reason: thrown.message }), thrown.message);
}
