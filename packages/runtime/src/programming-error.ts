import { messageOf } from "./error.ts";
import type { LogFields, Logger } from "./logger.ts";

/** The number of causes that a logged stack includes. */
const MOST_CAUSES = 4;

/**
 * Returns whether the thrown value is a programming error: a bug in Flotilla or a library. Every other error identifies
 * itself: those of Flotilla by a code (docs/reference/errors.md), those of system calls by a name of errno(3), aborts
 * by their name.
 *
 * A retry does not fix a programming error. The code that catches one logs its stack (`logFailure`) and starts over
 * from stored state, a limited number of times (`RecoveryLimit`), or lets the process end, which systemd then restarts.
 */
export function isProgrammingError(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return true;
  if (thrown.name === "AbortError" || thrown.name === "TimeoutError") return false;
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
  return !OWN_ID.test(code) && !ERRNO.test(code);
}

/** Such as `bad-unit-name`. */
const OWN_ID = /^[a-z]+(-[a-z]+)*$/;

/** Such as `ENOSPC`. Node's codes for invalid calls, such as `ERR_INVALID_ARG_TYPE`, have underscores. */
const ERRNO = /^E[A-Z0-9]+$/;

/**
 * Returns whether JavaScript itself threw the error. Use it where a library throws plain errors for failures outside of
 * the program, so that `isProgrammingError` cannot tell them apart.
 */
export function isLanguageError(thrown: unknown): boolean {
  const kinds = [TypeError, RangeError, ReferenceError];
  return kinds.some((kind) => thrown instanceof kind) && isProgrammingError(thrown);
}

/** Call first in a catch clause that handles all other errors. */
export function rethrowProgrammingError(thrown: unknown): void {
  if (isProgrammingError(thrown)) throw thrown;
}

/** Returns the log fields of a thrown value: its message and, for a programming error, the stack with its causes. */
export function describeError(thrown: unknown): LogFields {
  const error = messageOf(thrown);
  return isProgrammingError(thrown) ? { error, stack: stackOf(thrown) } : { error };
}

/** Logs a programming error with its stack at level error, and any other error at level warning. */
export function logFailure(log: Logger, message: string, thrown: unknown, fields: LogFields = {}): void {
  const all = { ...fields, ...describeError(thrown) };
  if (isProgrammingError(thrown)) log.error(message, all);
  else log.warn(message, all);
}

function stackOf(thrown: unknown): string | undefined {
  const stacks: string[] = [];
  for (let error = thrown; error instanceof Error && stacks.length <= MOST_CAUSES; error = error.cause)
    stacks.push(error.stack ?? error.message);
  return stacks.length > 0 ? stacks.join("\ncaused by: ") : undefined;
}
