import { FlotillaError } from "@flotilla/runtime";

/** journalctl or systemctl cannot be run, did not end in time, or was given an invalid request. */
export class ReaderError extends FlotillaError {
  readonly code = "systemd-reader";
}

/** journalctl does not accept a pattern. */
export class PatternError extends FlotillaError {
  readonly code = "bad-pattern";
}
