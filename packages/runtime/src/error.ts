/**
 * The base of every error that Flotilla throws on purpose.
 *
 * `message` is a whole sentence for the person who reads it: what happened, why, and what to do.
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
 * What Flotilla depends on (the store, systemd) is away or does not answer. It comes back by itself, so trying again,
 * with pauses, is right. Whether a call that ended so took effect is not known.
 */
export abstract class OutageError extends FlotillaError {}

export function isOutage(thrown: unknown): thrown is OutageError {
  return thrown instanceof OutageError;
}

/** Turns whatever was thrown into a sentence to show. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.message === "") return thrown.errors.map(messageOf).join("; ");
  return thrown instanceof Error ? thrown.message : String(thrown);
}
