import type { ApiError, ErrorId } from "@flotilla/api/client";
import { FlotillaError } from "@flotilla/runtime";

/** True for a daemon's own "no". By shape, so that a command need not load the client to ask. */
export function isApiError(error: unknown): error is ApiError {
  return error instanceof FlotillaError && "status" in error && "reasons" in error;
}

/** True for the one refusal that the caller has an answer to. */
export function isRefusal(error: unknown, id: ErrorId): error is ApiError {
  return isApiError(error) && error.id === id;
}
