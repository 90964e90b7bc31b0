import { FlotillaError } from "@flotilla/runtime";

/** The thing changed between reading and writing it, more often than is worth trying. */
export class ConflictError extends FlotillaError {
  readonly code = "conflict";
}

/** What people set for machines would be more than the store takes, or than a listing can show. */
export class SettingsTooLargeError extends FlotillaError {
  readonly code = "settings-too-large";
}

/** What stands in the store as the cluster's certificate authority is none. */
export class IdentityUnusableError extends FlotillaError {
  readonly code = "identity-unusable";

  /** @param why in words that go on after a colon. */
  constructor(why: string, options?: ErrorOptions) {
    super(
      `The cluster's identity in the store (identity/ca) cannot be used: ${why}. Put the store back from a backup; or ` +
        "delete that key and restart fleetd on every machine, and the cluster gets a new identity.",
      options,
    );
  }
}

/** Another leader has taken over: nothing more may be written on behalf of this one. */
export class LeadershipLostError extends FlotillaError {
  readonly code = "leadership-lost";
}

/** A machine's states are claimed by another process, or anew by the same: nothing more is written for this claim. */
export class StatesTakenOverError extends FlotillaError {
  readonly code = "states-taken-over";
}

/** A watcher did not take its changes in time and is cut off rather than buffered without bound. */
export class SlowReaderError extends FlotillaError {
  readonly code = "slow-reader";
}
