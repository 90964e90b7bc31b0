import { FlotillaError } from "@flotilla/runtime";

/** The command line is invalid: exit code 2, nothing was done. */
export class UsageError extends FlotillaError {
  readonly code = "usage";
}

/** The command line names nothing to act on: exit code 0. The message is fleet's. */
export class NothingToDoError extends FlotillaError {
  readonly code = "nothing-to-do";
}

/** The command failed: exit code 1. */
export class CommandError extends FlotillaError {
  readonly code = "failed";
}

/** The user pressed Ctrl-C: aborts all waiting. */
export class InterruptedError extends FlotillaError {
  readonly code = "interrupted";

  constructor() {
    super("interrupted");
  }
}
