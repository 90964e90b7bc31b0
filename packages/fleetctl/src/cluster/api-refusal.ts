import type { ApiError, ErrorId } from "@flotilla/api/client";
import { FlotillaError } from "@flotilla/runtime";

/** Whether the error is a daemon's refusal. Checked by shape, so that commands need not load the client for it. */
export function isApiError(error: unknown): error is ApiError {
  return error instanceof FlotillaError && "status" in error && "reasons" in error;
}

/** Whether the error is the daemon's refusal with this ID. */
export function isRefusal(error: unknown, id: ErrorId): error is ApiError {
  return isApiError(error) && error.id === id;
}
