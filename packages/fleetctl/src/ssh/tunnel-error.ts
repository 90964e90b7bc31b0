import { FlotillaError } from "@flotilla/runtime";

/** The tunnel does not open, or breaks. */
export class TunnelError extends FlotillaError {
  readonly code = "tunnel";
}
