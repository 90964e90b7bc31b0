import { FlotillaError } from "@flotilla/runtime";
import { isApiError } from "./api-refusal.ts";

/** A lost connection, a compacted history, a daemon or store that is away for a while. */
export function isWorthAnotherTry(error: unknown): boolean {
  if (isApiError(error)) return error.id === "compacted" || error.status >= 500 || error.id === "slow-reader";
  return error instanceof FlotillaError && (error.code === "connection-lost" || error.code === "no-endpoint");
}
