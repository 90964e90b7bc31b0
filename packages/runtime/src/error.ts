/**
 * The base of every error that Flotilla throws on purpose.
 *
 * `message` is for people: what failed, on what, why, and what to do. It begins in lower case and has no full stop.
 * `code` is for programs and never changes once released; docs/reference/errors.md lists them.
 */
export abstract class FlotillaError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * A dependency of Flotilla (the store, systemd) is down or does not answer. It recovers without Flotilla, so callers
 * retry with pauses. It is unknown whether the failed call took effect.
 */
export abstract class OutageError extends FlotillaError {}

export function isOutage(thrown: unknown): thrown is OutageError {
  return thrown instanceof OutageError;
}

/** Returns the message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.message === "") return thrown.errors.map(messageOf).join("; ");
  return thrown instanceof Error ? thrown.message : String(thrown);
}
