import { FlotillaError } from "@flotilla/runtime";

/** A host could not join. The message has the reason and the fix. */
export class JoinError extends FlotillaError {
  readonly code = "join-failed";
  /** Whether the server may have admitted the host: then the same key must be used again. */
  readonly mayBeAdmitted: boolean;

  constructor(message: string, options: ErrorOptions & { readonly mayBeAdmitted?: boolean } = {}) {
    super(message, options);
    this.mayBeAdmitted = options.mayBeAdmitted ?? false;
  }
}
