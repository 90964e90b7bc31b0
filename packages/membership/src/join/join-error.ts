import { FlotillaError } from "@flotilla/runtime";

interface JoinErrorOptions extends ErrorOptions {
  readonly mayBeAdmitted?: boolean;
  /** Whether no server answered at all. */
  readonly isUnreachable?: boolean;
}

/** A host could not join. The message has the reason and the fix. */
export class JoinError extends FlotillaError {
  readonly code: "join-failed" | "join-unreachable";
  /** Whether the server may have admitted the host: then the same key must be used again. */
  readonly mayBeAdmitted: boolean;

  constructor(message: string, options: JoinErrorOptions = {}) {
    super(message, options);
    this.code = options.isUnreachable ? "join-unreachable" : "join-failed";
    this.mayBeAdmitted = options.mayBeAdmitted ?? false;
  }
}
