import { FlotillaError, OutageError } from "@flotilla/runtime";

/** The store cannot be reached, or it answered that it cannot serve. A write may have taken effect. */
export class StoreUnavailableError extends OutageError {
  readonly code = "store-unavailable";
}

/** No answer within the time limit. A write may have taken effect. */
export class StoreTimeoutError extends OutageError {
  readonly code = "store-timeout";
}

/** The store refused the request: a programming error, or wrong credentials. A retry does not help. */
export class StoreRefusedError extends FlotillaError {
  readonly code = "store-refused";
}

/** The store no longer holds the requested revision; list it again. */
export class CompactedError extends FlotillaError {
  readonly code = "store-compacted";
  /** The history up to and including this revision is gone. Undefined if the store did not say. */
  readonly compacted: number | undefined;

  constructor(message: string, { compacted, ...options }: ErrorOptions & { readonly compacted?: number } = {}) {
    super(message, options);
    this.compacted = compacted;
  }
}

/** The store was emptied, restored from an older copy or replaced by another one. Earlier reads of it are void. */
export class StoreReplacedError extends FlotillaError {
  readonly code = "store-replaced";
}

/** The lease has ended, or may have. Its holder must stop acting on it. */
export class LeaseLostError extends FlotillaError {
  readonly code = "lease-lost";
}
