import { FlotillaError } from "@flotilla/runtime";

/** The command line asks for something that cannot be: exit code 2, nothing done. */
export class UsageError extends FlotillaError {
  readonly code = "usage";
}

/** The command line names nothing that anything could be done with: exit code 0. The message is fleet's. */
export class NothingToDoError extends FlotillaError {
  readonly code = "nothing-to-do";
}

/** The command cannot do what was asked: exit code 1. */
export class CommandError extends FlotillaError {
  readonly code = "failed";
}

/** Aborts everything that waits when the user presses Ctrl-C. */
export class InterruptedError extends FlotillaError {
  readonly code = "interrupted";

  constructor() {
    super("Interrupted.");
  }
}
