import { FlotillaError } from "@flotilla/runtime";
import { isApiError } from "./api-refusal.ts";

/**
 * Whether a repeated request may succeed: the error is a lost connection, a compacted history, or a daemon or store
 * that is unavailable for now.
 */
export function isRetryable(error: unknown): boolean {
  if (isApiError(error)) return error.id === "compacted" || error.status >= 500 || error.id === "slow-reader";
  return error instanceof FlotillaError && (error.code === "connection-lost" || error.code === "no-endpoint");
}
