import { messageOf } from "./error.ts";
import type { LogFields, Logger } from "./logger.ts";

/** How far a stack follows causes. */
const MOST_CAUSES = 4;

/**
 * Whether what was thrown is an error in the program. Everything else says what it is: Flotilla's own errors have an id
 * (docs/reference/errors.md), a system call's errors have a name of errno(3), and an abort has its name.
 *
 * Trying again does not repair an error in the program. Whoever catches one logs its stack (`logFailure`) and starts
 * over from what is stored, a bounded number of times (`RecoveryLimit`), or lets the process end: systemd starts it again.
 */
export function isProgrammingError(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return true;
  if (thrown.name === "AbortError" || thrown.name === "TimeoutError") return false;
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
  return !OWN_ID.test(code) && !ERRNO.test(code);
}

/** As `bad-unit-name`. */
const OWN_ID = /^[a-z]+(-[a-z]+)*$/;

/** As `ENOSPC`. Node's ids for wrong uses of its functions, as `ERR_INVALID_ARG_TYPE`, have underscores. */
const ERRNO = /^E[A-Z0-9]+$/;

/**
 * Whether the language itself threw: an error in the program also where a library throws plain errors for what is none,
 * so that `isProgrammingError` cannot tell.
 */
export function isLanguageError(thrown: unknown): boolean {
  const kinds = [TypeError, RangeError, ReferenceError];
  return kinds.some((kind) => thrown instanceof kind) && isProgrammingError(thrown);
}

/** For a catch that is meant for everything else. */
export function rethrowProgrammingError(thrown: unknown): void {
  if (isProgrammingError(thrown)) throw thrown;
}

/** What was thrown as fields of a log line: its sentence, and of an error in the program the stack with its causes. */
export function describeError(thrown: unknown): LogFields {
  const error = messageOf(thrown);
  return isProgrammingError(thrown) ? { error, stack: stackOf(thrown) } : { error };
}

/** Logs an error in the program with its stack at error level, and any other by its sentence as a warning. */
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
