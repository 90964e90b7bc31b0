import { FlotillaError } from "@flotilla/runtime";

/** An error that a daemon answered. `code` is the error's id (docs/reference/errors.md). */
export class ApiError extends FlotillaError {
  /** The HTTP status; 200 if a stream ended with an error after its head. */
  readonly status: number;
  readonly id: string;
  /** Why a unit is not placed: a sentence for each group of machines. */
  readonly reasons: readonly string[];

  constructor(
    status: number,
    error: { readonly id: string; readonly message: string; readonly reasons?: readonly string[] | undefined },
  ) {
    super(error.message);
    this.status = status;
    this.id = error.id;
    this.reasons = error.reasons ?? [];
  }

  get code(): string {
    return this.id;
  }
}

/** An endpoint that did not answer, with the reason. */
export interface EndpointFailure {
  readonly endpoint: string;
  readonly reason: string;
  /** The user may not connect to the socket. */
  readonly isForbidden: boolean;
}

/** No endpoint answered, or an endpoint is malformed. */
export class EndpointError extends FlotillaError {
  readonly code: "no-endpoint" | "bad-endpoint" | "connection-lost";
  readonly failures: readonly EndpointFailure[];

  constructor(
    code: EndpointError["code"],
    message: string,
    failures: readonly EndpointFailure[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.failures = failures;
  }
}

const CHECK_DAEMON =
  "check that fleetd runs there with `systemctl status fleet`, or name another endpoint with --endpoint";

/** units/fleet.socket names the group. */
const GET_ACCESS =
  "the socket needs the group fleet: run the command as root, or let root add you to the group " +
  "(`usermod --append --groups fleet USER`) and log in again";

/** Returns an error that names every endpoint with the reason of its failure, and what to do. */
export function noEndpointAnswered(failures: readonly EndpointFailure[]): EndpointError {
  const tried = failures.map(({ endpoint, reason }) => `${endpoint}: ${reason}`).join("; ");
  const advice = failures.every(({ isForbidden }) => isForbidden) ? GET_ACCESS : CHECK_DAEMON;
  return new EndpointError("no-endpoint", `cannot reach fleetd (${tried}); ${advice}`, failures);
}
