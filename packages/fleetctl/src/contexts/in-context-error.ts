import { FlotillaError } from "@flotilla/runtime";

/** A failure to reach the cluster of a context, which the user may not know to be in use. */
class InContextError extends FlotillaError {
  readonly code: string;

  constructor(context: string, cause: FlotillaError) {
    super(`context ${context}: ${cause.message}`, { cause });
    this.code = cause.code;
  }
}

const CODES: ReadonlySet<string> = new Set(["no-endpoint", "connection-lost", "bad-endpoint", "tunnel"]);

/** Adds the name of the context, if one is in use, to an error about the way to the cluster. */
export function explainInContext(context: string | undefined, error: unknown): unknown {
  if (context === undefined || !(error instanceof FlotillaError) || !CODES.has(error.code)) return error;
  return new InContextError(context, error);
}
