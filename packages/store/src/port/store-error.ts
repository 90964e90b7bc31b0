import { FlotillaError, OutageError } from "@flotilla/runtime";

/** The store could not be reached, or it answered that it cannot serve. A write may have taken effect. */
export class StoreUnavailableError extends OutageError {
  readonly code = "store-unavailable";
}

/** No answer within the time limit. A write may have taken effect. */
export class StoreTimeoutError extends OutageError {
  readonly code = "store-timeout";
}

/** The store refused the request: a bug of ours, or wrong credentials. Trying again is no use. */
export class StoreRefusedError extends FlotillaError {
  readonly code = "store-refused";
}

/** The revision asked for is no longer held; start over from a fresh range. */
export class CompactedError extends FlotillaError {
  readonly code = "store-compacted";
}

/** The store is not the one it was, or not as far: emptied, restored from a copy, exchanged. What is known of it is void. */
export class StoreReplacedError extends FlotillaError {
  readonly code = "store-replaced";
}

/** The lease has ended, or may have: its holder must stop acting on it. */
export class LeaseLostError extends FlotillaError {
  readonly code = "lease-lost";
}
