import { FlotillaError } from "@flotilla/runtime";

/** A refused request to join, with the HTTP status and a reason for people. */
export class JoinRefusedError extends FlotillaError {
  readonly code = "join-refused";
  readonly status: number;

  /** @param reason what is wrong, and what to do, in lower case. */
  constructor(status: 400 | 403 | 409 | 429 | 503, reason: string) {
    super(reason);
    this.status = status;
  }
}
