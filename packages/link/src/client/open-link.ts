import { type Clock, type Logger, withTimeLimit } from "@flotilla/runtime";
import type { Link, LinkAnswer, LinkRequestOptions } from "../port/link.ts";
import { LinkUnavailableError } from "../port/link-error.ts";
import { LINK_CLIENT_LIMITS, type LinkClientLimits } from "./client-limits.ts";
import type { ClientSession } from "./client-session.ts";
import type { LinkAddress, LinkTls } from "./connect.ts";
import { LineStream } from "./line-stream.ts";
import { openSession } from "./open-session.ts";
import { SessionKeeper } from "./session-keeper.ts";
import { Slots } from "./slots.ts";

/** How often a request is sent that no server has handled. More often means a server that admits and then refuses. */
const TRIES = 10;

export interface OpenLinkOptions {
  /** At least one. */
  readonly servers: readonly LinkAddress[];
  /** Called for each new session, so that certificates may change. */
  readonly tls: () => LinkTls;
  readonly clock: Clock;
  /** In [0, 1), for the choice of the first server and the jitter of pauses. */
  readonly random: () => number;
  readonly log: Logger;
  /** Limits other than LINK_CLIENT_LIMITS. */
  readonly limits?: Partial<LinkClientLimits>;
}

/** A link over the network. */
export interface NetworkLink extends Link {
  /** The server of the open session, `HOST:PORT`; or why there is none. */
  readonly status: { readonly server: string } | { readonly failure: Error };
  /** Opens a new session with the same server, for example because the certificate has changed. */
  reconnect(reason: string): void;
}

/** Opens a link. The first session is opened at once; requests wait for it. */
export function openLink(options: OpenLinkOptions): NetworkLink {
  return new OpenLink(options);
}

class OpenLink implements NetworkLink {
  readonly #clock: Clock;
  readonly #limits: LinkClientLimits;
  readonly #keeper: SessionKeeper;
  readonly #slots: Slots;
  #lines = 0;

  constructor({ servers, tls, clock, random, log, limits }: OpenLinkOptions) {
    const all = { ...LINK_CLIENT_LIMITS, ...limits };
    this.#clock = clock;
    this.#limits = all;
    this.#slots = new Slots(all.requests, all.waiting);
    this.#keeper = new SessionKeeper({
      ...{ servers, clock, random, log, limits: all },
      open: (server, limitMs, signal) => openSession(server, { tls, clock, limits: all }, limitMs, signal),
    });
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
    const { lines, answerBytes } = this.#limits;
    if (this.#lines >= lines) throw new Error(`more than ${lines} answers of lines at one time`);
    this.#lines += 1;
    try {
      for (let tries = 0; tries < TRIES; tries += 1) {
        const session = await this.#keeper.session(signal);
        // Listeners of a signal that has aborted are never called.
        signal.throwIfAborted();
        const stream = session.open(path, body);
        if (stream === undefined) continue;
        const answer = new LineStream(stream, answerBytes, signal);
        try {
          if (yield* answer.lines()) return;
          const failure = session.failure(stream);
          if (failure !== "not-handled") throw failure;
        } finally {
          answer.close();
        }
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
      const session: ClientSession = await this.#keeper.session(signal);
      signal.throwIfAborted();
      const outcome = await session.exchange(path, body, signal);
      if (outcome !== "not-handled") return outcome;
      signal.throwIfAborted();
    }
    throw this.#neverHandled(path);
  }

  #neverHandled(path: string): Error {
    return new LinkUnavailableError(`no server handles ${path}: ${TRIES} sessions ended before`);
  }

  #timeout(path: string, limitMs: number): Error {
    const { current, failure } = this.#keeper;
    const who = current ? `server ${current.server} did not answer ${path}` : `no server answered ${path}`;
    return new LinkUnavailableError(`${who} within ${limitMs} ms${current ? "" : `: ${failure.message}`}`);
  }
}
