import { FlotillaError } from "@flotilla/runtime";

/** The configuration cannot be used; the message names the option, where it stands, and the fix. */
export class ConfigError extends FlotillaError {
  readonly code = "bad-config";
}
