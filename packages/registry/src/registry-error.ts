import { FlotillaError } from "@flotilla/runtime";

/** The thing changed between reading and writing it, more often than is worth trying. */
export class ConflictError extends FlotillaError {
  readonly code = "conflict";
}

/** What people set for machines would be more than the store takes, or than a listing can show. */
export class SettingsTooLargeError extends FlotillaError {
  readonly code = "settings-too-large";
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
