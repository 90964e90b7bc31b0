import { FlotillaError, messageOf } from "@flotilla/runtime";
import { type ErrorId, errorStatus } from "../contract/error-ids.ts";
import { limits } from "../contract/limits.ts";
import type { ErrorAnswer } from "../contract/v2/error.ts";
import { unavailableMessage } from "./unavailable.ts";

/** An error that the API answers. */
export class RequestError extends FlotillaError {
  readonly code: ErrorId;
  readonly reasons: readonly string[];

  constructor(id: ErrorId, message: string, reasons: readonly string[] = []) {
    super(message);
    this.code = id;
    this.reasons = reasons;
  }
}

/** The API's error id for each error code of other packages. */
const idsByCode: ReadonlyMap<string, ErrorId> = new Map<string, ErrorId>(
  Object.entries({
    "bad-unit-name": "bad-unit-name",
    "bad-unit-file": "bad-unit-file",
    "bad-requirements": "bad-requirements",
    "daemon-unit": "daemon-unit",
    conflict: "conflict",
    "bad-config": "bad-request",
    "store-move-refused": "store-move-refused",
    "rotation-refused": "rotation-refused",
    "certificate-not-made": "unavailable",
    "no-store-backup": "no-store-backup",
    "bad-pattern": "bad-query",
    "machine-unreachable": "machine-unreachable",
    "settings-too-large": "settings-too-large",
    "token-refused": "token-refused",
    "token-ended": "unauthenticated",
    "token-needed": "unauthenticated",
    "metadata-vouched": "metadata-vouched",
    "secret-not-found": "secret-not-found",
    "secret-exists": "secret-exists",
    "secret-too-large": "secret-too-large",
    "secrets-key-wrong": "secrets-key-wrong",
    "slow-reader": "slow-reader",
    "store-compacted": "compacted",
    "store-unavailable": "store-unavailable",
    "store-timeout": "store-unavailable",
    FST_ERR_MAX_PARAM_LENGTH: "bad-request",
  } as const),
);

/** Returns the API's error for a thrown value; undefined for an internal error, whose details clients must not see. */
export function requestErrorFor(thrown: unknown): RequestError | undefined {
  if (thrown instanceof RequestError) return thrown;
  const code = (thrown as { readonly code?: unknown } | undefined)?.code;
  const id = typeof code === "string" ? idsByCode.get(code) : undefined;
  if (id === undefined) return ofFastify(thrown);
  if (id === "store-unavailable")
    return new RequestError(
      id,
      unavailableMessage(
        `cannot reach the cluster's store: ${messageOf(thrown).replace(/[.]$/, "")}; units keep running; try again`,
      ),
    );
  if (code === "FST_ERR_MAX_PARAM_LENGTH")
    return new RequestError(id, `a name or ID in the path exceeds ${limits.pathPartCharacters} characters; shorten it`);
  return new RequestError(id, messageOf(thrown));
}

/** Returns the API's error for a client error of fastify. New versions of fastify may add such errors. */
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
