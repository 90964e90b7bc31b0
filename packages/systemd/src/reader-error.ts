import { FlotillaError } from "@flotilla/runtime";

/** journalctl or systemctl could not be run, did not end in time, or was asked for what it does not have. */
export class ReaderError extends FlotillaError {
  readonly code = "systemd-reader";
}
