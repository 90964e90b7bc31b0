import {
  Backoff,
  type Clock,
  describeServer,
  type Logger,
  rethrowProgrammingError,
  untilAborted,
} from "@flotilla/runtime";
import { LinkRefusedError, LinkUnavailableError } from "../port/link-error.ts";
import type { LinkClientLimits } from "./client-limits.ts";
import type { LinkAddress } from "./connect.ts";
import { FailedRound } from "./failed-round.ts";
import type { LinkClientSession } from "./link-session.ts";

/** A session that ends sooner counts as a failure, milliseconds. */
const SHORT_MS = 5_000;

const FIRST_PAUSE_MS = 200;
const FIRST_REFUSED_PAUSE_MS = 1_000;

export interface SessionKeeperOptions {
  /** At least one. */
  readonly servers: readonly LinkAddress[];
  /**
   * Opens a session.
   * @throws LinkUnavailableError, LinkRefusedError; the signal's reason.
   */
  readonly open: (server: LinkAddress, limitMs: number, signal: AbortSignal) => Promise<LinkClientSession>;
  /** Called each time that the servers refuse this machine. May close the link. */
  readonly onRefused?: ((error: LinkRefusedError) => void) | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly limits: LinkClientLimits;
}

/** Keeps one session open, with the servers in turn, beginning with a random one. */
export class SessionKeeper {
  readonly #options: SessionKeeperOptions;
  readonly #closed = new AbortController();
  readonly #pauses: Backoff;
  readonly #refusedPauses: Backoff;
  #next: number;
  #round = new FailedRound();
  #session: LinkClientSession | undefined;
  #opened = pending<LinkClientSession>();
  #failure: Error = new LinkUnavailableError("no server has answered yet");
  #isDown = false;
  #isReconnecting = false;

  constructor(options: SessionKeeperOptions) {
    const { servers, random, limits } = options;
    this.#options = options;
    this.#next = Math.floor(random() * servers.length);
    this.#pauses = new Backoff({ first: FIRST_PAUSE_MS, most: limits.pauseMs, random });
    this.#refusedPauses = new Backoff({ first: FIRST_REFUSED_PAUSE_MS, most: limits.refusedPauseMs, random });
    void this.#run();
  }

  /** The open session. */
  get current(): LinkClientSession | undefined {
    return this.#session?.isOpen ? this.#session : undefined;
  }

  /** Why there is no session. */
  get failure(): Error {
    return this.#failure;
  }

  /**
   * Resolves to the open session, or to the next one.
   * @throws LinkRefusedError when the servers refuse this machine, LinkUnavailableError when closed.
   */
  async session(signal: AbortSignal): Promise<LinkClientSession> {
    const { current } = this;
    if (current) return current;
    if (this.#failure instanceof LinkRefusedError) throw this.#failure;
    return untilAborted([signal, this.#closed.signal], () => this.#opened.promise);
  }

  /** Opens a new session with the same server. */
  reconnect(reason: string): void {
    if (!this.current) return;
    this.#isReconnecting = true;
    this.#session?.leave(reason);
  }

  close(): void {
    if (this.#closed.signal.aborted) return;
    // Whoever asks later learns why the link was closed.
    const isRefused = !this.current && this.#failure instanceof LinkRefusedError;
    if (!isRefused) this.#failure = new LinkUnavailableError("the link is closed");
    this.#closed.abort(this.#failure);
    this.#session?.end("the link is closed");
  }

  async #run(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      try {
        await this.#useNext();
      } catch (error) {
        if (signal.aborted) return;
        rethrowProgrammingError(error);
        await this.#fail(error as Error);
      }
    }
  }

  #server(): LinkAddress {
    const { servers } = this.#options;
    return servers[this.#next % servers.length] as LinkAddress;
  }

  /**
   * Opens a session with the next server, and resolves when the session has ended.
   * @throws if the session did not come about, or ended soon.
   */
  async #useNext(): Promise<void> {
    const { open, clock, limits } = this.#options;
    const limitMs = Math.min(limits.longestConnectMs, limits.connectMs * 1.5 ** this.#pauses.failures);
    const session = await open(this.#server(), limitMs, this.#closed.signal);
    const openedAt = clock.monotonic();
    await this.#hold(session);
    const isReconnecting = this.#isReconnecting;
    this.#isReconnecting = false;
    if (clock.monotonic() - openedAt < SHORT_MS && !isReconnecting) throw this.#failure;
    if (!isReconnecting) this.#next += 1;
    this.#round = new FailedRound();
    for (const pauses of [this.#pauses, this.#refusedPauses]) pauses.reset();
  }

  /** Gives the session to those who wait. Resolves when it takes no further requests. */
  async #hold(session: LinkClientSession): Promise<void> {
    const { log } = this.#options;
    const { server } = session;
    log.info("opened a session with a server", { server });
    this.#isDown = false;
    this.#session = session;
    this.#opened.resolve(session);
    const reason = await session.left;
    this.#opened = pending();
    if (this.#closed.signal.aborted) throw this.#failure;
    this.#failure = new LinkUnavailableError(`lost the session with server ${server}: ${reason}`);
    log.info("the session with a server ended", { server, reason });
  }

  /** Goes over to the next server; after a round over all servers, with a pause. */
  async #fail(error: Error): Promise<void> {
    const { servers, clock, log } = this.#options;
    this.#round.add(describeServer(this.#server()), error);
    this.#next += 1;
    if (this.#round.attempts < servers.length) return;
    const failure = this.#round.toError();
    this.#round = new FailedRound();
    this.#failure = failure;
    const isRefused = failure instanceof LinkRefusedError;
    if (isRefused) {
      this.#opened.reject(failure);
      this.#opened = pending();
      this.#options.onRefused?.(failure);
    }
    if (this.#closed.signal.aborted) return;
    if (!this.#isDown) log.warn("no server accepts this machine; retrying", { error: failure.message });
    this.#isDown = true;
    const pause = (isRefused ? this.#refusedPauses : this.#pauses).next();
    await clock.sleep(pause, this.#closed.signal).catch(() => {});
  }
}

/** A promise whose rejection nobody has to handle. */
function pending<T>(): PromiseWithResolvers<T> {
  const result = Promise.withResolvers<T>();
  result.promise.catch(() => {});
  return result;
}
