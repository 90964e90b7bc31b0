import { FlotillaError } from "@flotilla/runtime";

/** A daemon answered, and the answer is no. `code` is the error's id (docs/reference/errors.md). */
export class ApiError extends FlotillaError {
  /** The HTTP status; 200 when a stream that began well ended with an error. */
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

/** One endpoint that did not answer, and why. */
export interface EndpointFailure {
  readonly endpoint: string;
  readonly reason: string;
  /** The socket is there, and is not for whoever runs this. */
  readonly isForbidden: boolean;
}

/** No endpoint answered, or what was given is none. */
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

const IS_IT_RUNNING =
  "Is fleetd running there? Look with `systemctl status fleet`, or name another endpoint with --endpoint.";

/** units/fleet.socket names the group. */
const MAY_NOT =
  "The socket is for root and the group fleet: run this as root, or have root put you into the group " +
  "(`usermod --append --groups fleet USER`) and log in anew.";

/** Names every endpoint that was tried, why each failed, and what to do. */
export function noEndpointAnswered(failures: readonly EndpointFailure[]): EndpointError {
  const tried = failures.map(({ endpoint, reason }) => `${endpoint}: ${reason}`).join("; ");
  const advice = failures.every(({ isForbidden }) => isForbidden) ? MAY_NOT : IS_IT_RUNNING;
  return new EndpointError("no-endpoint", `No fleetd answers (${tried}). ${advice}`, failures);
}
