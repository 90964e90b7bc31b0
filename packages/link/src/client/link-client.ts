import { type Clock, withTimeLimit } from "@flotilla/runtime";
import type { Link, LinkAnswer, LinkRequestOptions } from "../port/link.ts";
import { LinkUnavailableError } from "../port/link-error.ts";
import type { LinkClientLimits } from "./client-limits.ts";
import { ServerOutage } from "./server-outage.ts";
import { SessionKeeper, type SessionKeeperOptions } from "./session-keeper.ts";
import { Slots } from "./slots.ts";

/** How often a request is sent that no server has handled. More often means a server that admits and then refuses. */
const TRIES = 10;

/** A link that keeps a session with one of several servers. */
export interface NetworkLink extends Link {
  /** The server of the open session, `HOST:PORT`; or why there is none. */
  readonly status: { readonly server: string } | { readonly failure: Error };
  /** Opens a new session with the same server, for example because the certificate has changed. */
  reconnect(reason: string): void;
}

/** The requests of a link, over whichever session is open. `open` decides what carries the sessions. */
export class LinkClient implements NetworkLink {
  readonly #clock: Clock;
  readonly #limits: LinkClientLimits;
  readonly #keeper: SessionKeeper;
  readonly #slots: Slots;
  readonly #outage: ServerOutage | undefined;
  #lines = 0;

  constructor(options: SessionKeeperOptions) {
    const { clock, limits, servers } = options;
    this.#clock = clock;
    this.#limits = limits;
    this.#slots = new Slots(limits.requests, limits.waiting);
    this.#keeper = new SessionKeeper(options);
    const [firstMs, mostMs] = [limits.outageMs, limits.longestOutageMs];
    if (servers.length > 1) this.#outage = new ServerOutage({ clock, firstMs, mostMs });
  }

  get status(): NetworkLink["status"] {
    const { current, failure } = this.#keeper;
    return current ? { server: current.server } : { failure };
  }

  request(path: string, body: string, { signal, limitMs }: LinkRequestOptions): Promise<LinkAnswer> {
    const timeout = (): Error => this.#timeout(path, limitMs);
    return withTimeLimit({ clock: this.#clock, ms: limitMs, timeout }, [signal], (limited) =>
      this.#slots.run(limited, () => this.#exchange(path, body, limited)),
    );
  }

  async *lines(path: string, body: string, signal: AbortSignal): AsyncGenerator<string, void> {
    const { lines } = this.#limits;
    if (this.#lines >= lines) throw new Error(`more than ${lines} answers of lines at one time`);
    this.#lines += 1;
    try {
      for (let tries = 0; tries < TRIES; tries += 1) {
        const session = await this.#keeper.session(signal);
        // Listeners of a signal that has aborted are never called.
        signal.throwIfAborted();
        if (yield* session.lines(path, body, signal)) return;
      }
      throw this.#neverHandled(path);
    } finally {
      this.#lines -= 1;
    }
  }

  reconnect(reason: string): void {
    this.#keeper.reconnect(reason);
  }

  close(): void {
    this.#keeper.close();
  }

  /** Sends the request until a server handles it. */
  async #exchange(path: string, body: string, signal: AbortSignal): Promise<LinkAnswer> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const session = await this.#keeper.session(signal);
      signal.throwIfAborted();
      const outcome = await session.exchange(path, body, signal);
      if (outcome !== "not-handled") {
        this.#outage?.note(session, outcome.status);
        return outcome;
      }
      signal.throwIfAborted();
    }
    throw this.#neverHandled(path);
  }

  #neverHandled(path: string): Error {
    return new LinkUnavailableError(`no server handles ${path}: ${TRIES} sessions ended before`);
  }

  #timeout(path: string, limitMs: number): Error {
    const { current, failure } = this.#keeper;
    if (current) this.#outage?.note(current, undefined);
    const who = current ? `server ${current.server} did not answer ${path}` : `no server answered ${path}`;
    return new LinkUnavailableError(`${who} within ${limitMs} ms${current ? "" : `: ${failure.message}`}`);
  }
}
