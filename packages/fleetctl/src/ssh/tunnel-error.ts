import { FlotillaError } from "@flotilla/runtime";

/** No connection through a tunnel came about. */
export class TunnelError extends FlotillaError {
  readonly code = "tunnel";
}
