import { FlotillaError } from "@flotilla/runtime";

/** A key changed between read and write in every attempt. */
export class ConflictError extends FlotillaError {
  readonly code = "conflict";
}

/** The settings of machines would exceed the limit of the store or of a listing. */
export class SettingsTooLargeError extends FlotillaError {
  readonly code = "settings-too-large";
}

/** The settings of a machine would override metadata that its join token vouched for. */
export class VouchedMetadataError extends FlotillaError {
  readonly code = "metadata-vouched";
}

/** Another token has the name, or there are too many tokens. */
export class TokenRefusedError extends FlotillaError {
  readonly code = "token-refused";
}

/** The certificate authority in the store is invalid. */
export class AuthorityUnusableError extends FlotillaError {
  readonly code = "authority-unusable";

  /** @param why the end of the sentence, in lower case. */
  constructor(why: string, options?: ErrorOptions) {
    super(
      `cannot use the cluster's certificate authority in the store (identity/ca): ${why}; restore the store from a backup, or ` +
        "delete this key and restart fleetd on every machine, to create a new one",
      options,
    );
  }
}

/** Another engine leads: this engine must not write any more. */
export class LeadershipLostError extends FlotillaError {
  readonly code = "leadership-lost";
}

/** A newer claim on a machine's states exists, so this claim cannot write any more. */
export class StatesTakenOverError extends FlotillaError {
  readonly code = "states-taken-over";
}

/** A watcher read too slowly. It is cut off, because its queue would grow without limit. */
export class SlowReaderError extends FlotillaError {
  readonly code = "slow-reader";
}
