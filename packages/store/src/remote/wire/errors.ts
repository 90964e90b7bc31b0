import {
  CompactedError,
  LeaseLostError,
  StoreRefusedError,
  StoreReplacedError,
  StoreTimeoutError,
  StoreUnavailableError,
} from "../../port/store-error.ts";

/** What a refusal of the server itself means: a malformed request, no right to the key, more than a machine may have. */
export type GatewayCode = "bad-request" | "forbidden" | "too-many";

/** Each error of the store port by its code, with the status of the answer (RFC 9110) that carries it. */
const ERRORS = {
  "store-refused": { status: 422, error: StoreRefusedError },
  "store-compacted": { status: 410, error: CompactedError },
  "store-replaced": { status: 410, error: StoreReplacedError },
  "lease-lost": { status: 410, error: LeaseLostError },
  "store-unavailable": { status: 503, error: StoreUnavailableError },
  "store-timeout": { status: 504, error: StoreTimeoutError },
  "bad-request": { status: 400, error: StoreRefusedError },
  forbidden: { status: 403, error: StoreRefusedError },
  "too-many": { status: 429, error: StoreRefusedError },
} as const;

type Code = keyof typeof ERRORS;

/** The status of an answer with the code. */
export function statusOf(code: Code): number {
  return ERRORS[code].status;
}

/** Returns the code of an error of the store port; undefined for any other error. */
export function codeOf(thrown: unknown): Code | undefined {
  if (!(thrown instanceof Error) || !("code" in thrown)) return undefined;
  const { code } = thrown;
  return typeof code === "string" && isCode(code) && thrown instanceof ERRORS[code].error ? code : undefined;
}

/**
 * Returns the error that a code and a reason stand for. An unknown code, as an internal error of the server has, is an
 * outage: the request may have taken effect, and another server may do better.
 */
export function errorOf(code: string | undefined, reason: string): Error {
  if (code === undefined || !isCode(code)) return new StoreUnavailableError(reason);
  return new ERRORS[code].error(reason);
}

function isCode(code: string): code is Code {
  return Object.hasOwn(ERRORS, code);
}
