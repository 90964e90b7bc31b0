import { FlotillaError, messageOf } from "@flotilla/runtime";
import { type ErrorId, errorStatus } from "../contract/error-ids.ts";
import { limits } from "../contract/limits.ts";
import type { ErrorAnswer } from "../contract/v2/error.ts";
import { unavailableMessage } from "./unavailable.ts";

/** A request that is answered with an error. */
export class RequestError extends FlotillaError {
  readonly code: ErrorId;
  readonly reasons: readonly string[];

  constructor(id: ErrorId, message: string, reasons: readonly string[] = []) {
    super(message);
    this.code = id;
    this.reasons = reasons;
  }
}

/** Codes of errors from below, and what a client is told of each. */
const idsByCode: ReadonlyMap<string, ErrorId> = new Map<string, ErrorId>(
  Object.entries({
    "bad-unit-name": "bad-unit-name",
    "bad-unit-file": "bad-unit-file",
    "bad-requirements": "bad-requirements",
    "daemon-unit": "daemon-unit",
    conflict: "conflict",
    "machine-unreachable": "machine-unreachable",
    "settings-too-large": "settings-too-large",
    "slow-reader": "slow-reader",
    "store-compacted": "compacted",
    "store-unavailable": "store-unavailable",
    "store-timeout": "store-unavailable",
    FST_ERR_MAX_PARAM_LENGTH: "bad-request",
  } as const),
);

/** What to say of anything that was thrown; undefined when it is a fault of ours, which a client need not see. */
export function requestErrorFor(thrown: unknown): RequestError | undefined {
  if (thrown instanceof RequestError) return thrown;
  const code = (thrown as { readonly code?: unknown } | undefined)?.code;
  const id = typeof code === "string" ? idsByCode.get(code) : undefined;
  if (id === undefined) return ofFastify(thrown);
  if (id === "store-unavailable")
    return new RequestError(
      id,
      unavailableMessage(
        `The cluster's store cannot be reached just now: ${messageOf(thrown)} Units go on running; try again.`,
      ),
    );
  if (code === "FST_ERR_MAX_PARAM_LENGTH")
    return new RequestError(
      id,
      `A name or ID in the path is longer than ${limits.pathPartCharacters} characters, and than any that there can be; shorten it.`,
    );
  return new RequestError(id, messageOf(thrown));
}

/** What fastify refuses by itself, of which each version knows more, is the client's to mend. */
function ofFastify(thrown: unknown): RequestError | undefined {
  const { code, statusCode = 500 } = (thrown ?? {}) as { readonly code?: unknown; readonly statusCode?: number };
  if (typeof code !== "string" || !code.startsWith("FST_ERR_") || statusCode < 400 || statusCode >= 500)
    return undefined;
  return new RequestError(statusCode === 415 ? "unsupported-media-type" : "bad-request", messageOf(thrown));
}

export function errorAnswerOf({ code, message, reasons }: RequestError): ErrorAnswer {
  return {
    error: { code: errorStatus[code], id: code, message, ...(reasons.length > 0 && { reasons: [...reasons] }) },
  };
}
