import type { Clock } from "@flotilla/runtime";
import type { LinkClientSession } from "./link-session.ts";

export interface ServerOutageOptions {
  readonly clock: Clock;
  /** How long a server may fail all requests before the next one is tried, milliseconds; doubled while all servers do. */
  readonly firstMs: number;
  readonly mostMs: number;
}

/** Answers of a server whose store fails it: HTTP's 503 and 504. */
const OUTAGES: ReadonlySet<number> = new Set([503, 504]);

/**
 * Leaves a server that answers, but cannot serve, for example because the network between it and the store is cut.
 * Another server may reach the store, and the machine's lease goes on to its end meanwhile.
 */
export class ServerOutage {
  readonly #options: ServerOutageOptions;
  #session: LinkClientSession | undefined;
  #since: number | undefined;
  #left = 0;

  constructor(options: ServerOutageOptions) {
    this.#options = options;
  }

  /** Notes an answer's HTTP status; undefined for a request that was not answered in time. */
  note(session: LinkClientSession, status: number | undefined): void {
    if (this.#session !== session) [this.#session, this.#since] = [session, undefined];
    if (status === undefined || OUTAGES.has(status)) return this.#failed(session);
    [this.#since, this.#left] = [undefined, 0];
  }

  #failed(session: LinkClientSession): void {
    const { clock, firstMs, mostMs } = this.#options;
    const now = clock.monotonic();
    this.#since ??= now;
    const waited = now - this.#since;
    if (waited < Math.min(mostMs, firstMs * 2 ** this.#left)) return;
    this.#left += 1;
    session.leave(`for ${Math.round(waited / 1_000)} s, the server could not serve any request`);
  }
}
