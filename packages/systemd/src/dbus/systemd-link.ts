import { Backoff, type Clock, type Logger, messageOf } from "@flotilla/runtime";
import { UnitManagerUnavailableError } from "../unit-manager-error.ts";
import { type SessionEvents, SystemdSession } from "./systemd-session.ts";

export interface SystemdLinkOptions {
  readonly address: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly callTimeoutMs: number;
  readonly events: SessionEvents;
  /** Catches up after a connect; the link counts as up once it has resolved. */
  readonly catchUp: (session: SystemdSession) => Promise<void>;
  /** Called when a connection that was up is lost, with the reason to show. */
  readonly onDown: (reason: unknown) => void;
}

/** Keeps one conversation with systemd going: a new bus connection, with a growing pause, whenever one is lost. */
export class SystemdLink {
  readonly #options: SystemdLinkOptions;
  readonly #closed = new AbortController();
  #session: SystemdSession | undefined;
  #running: Promise<void> | undefined;

  constructor(options: SystemdLinkOptions) {
    this.#options = options;
  }

  /** @throws what the first connect met; later losses are this class's own business. */
  async open(signal: AbortSignal): Promise<void> {
    const session = await this.#connect(AbortSignal.any([signal, this.#closed.signal]));
    this.#running = this.#run(session);
  }

  get up(): boolean {
    return this.#session !== undefined;
  }

  /** @throws UnitManagerUnavailableError while systemd cannot be reached. */
  session(): SystemdSession {
    if (this.#session !== undefined) return this.#session;
    throw new UnitManagerUnavailableError("systemd cannot be reached over D-Bus at present; it is tried again.");
  }

  async close(): Promise<void> {
    this.#closed.abort(new UnitManagerUnavailableError("The connection to systemd was closed on purpose."));
    this.#session?.close();
    await this.#running;
  }

  async #run(first: SystemdSession): Promise<void> {
    const { signal } = this.#closed;
    const { log, onDown } = this.#options;
    for (let session: SystemdSession | undefined = first; session !== undefined; session = await this.#reconnect()) {
      await aborted(session.lost);
      this.#session = undefined;
      onDown(session.lost.reason);
      if (!signal.aborted) log.warn("the connection to systemd was lost", { error: messageOf(session.lost.reason) });
    }
  }

  /** Tries until it succeeds; undefined when closed. */
  async #reconnect(): Promise<SystemdSession | undefined> {
    const { clock, random, log } = this.#options;
    const { signal } = this.#closed;
    const backoff = new Backoff({ first: 50, most: 5_000, random });
    while (!signal.aborted) {
      try {
        await clock.sleep(backoff.next(), signal);
        const session = await this.#connect(signal);
        log.info("the connection to systemd is back", { attempts: backoff.failures });
        return session;
      } catch (error) {
        log.debug("systemd cannot be reached", { error: messageOf(error) });
      }
    }
    return undefined;
  }

  async #connect(signal: AbortSignal): Promise<SystemdSession> {
    const session = await SystemdSession.open(this.#options, this.#options.events, signal);
    const onAbort = (): void => session.close();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      signal.throwIfAborted();
      await this.#options.catchUp(session);
      session.lost.throwIfAborted();
    } catch (error) {
      session.close();
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
    this.#session = session;
    return session;
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
