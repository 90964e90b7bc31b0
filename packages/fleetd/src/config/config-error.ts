import { FlotillaError } from "@flotilla/runtime";

/** An unusable configuration. The message names the option, its file and line, and the fix. */
export class ConfigError extends FlotillaError {
  readonly code = "bad-config";
}
