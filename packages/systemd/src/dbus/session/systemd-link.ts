import { accessSync, constants } from "node:fs";
import { Backoff, type Clock, isProgrammingError, type Logger, messageOf, RecoveryLimit } from "@flotilla/runtime";
import { UnitManagerUnavailableError } from "../../unit-manager-error.ts";
import { type SessionEvents, SystemdSession } from "./systemd-session.ts";

export interface SystemdLinkParts {
  /** D-Bus address of the bus. */
  readonly address: string;
  /** systemd's own socket, used instead of the bus when it exists; empty for never. */
  readonly socket: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly callTimeoutMs: number;
  readonly events: SessionEvents;
  /** Lists the changes that were missed before the connection. The link counts as up once this has resolved. */
  readonly catchUp: (session: SystemdSession) => Promise<void>;
  /** Called with the reason when a connection that was up is lost. */
  readonly onDown: (reason: unknown) => void;
}

/** Keeps a connection to systemd: reconnects, with growing pauses, when one is lost. */
export class SystemdLink {
  readonly #parts: SystemdLinkParts;
  readonly #closed = new AbortController();
  #session: SystemdSession | undefined;
  #running: Promise<void> | undefined;

  constructor(parts: SystemdLinkParts) {
    this.#parts = parts;
  }

  /**
   * Connects. Retries for as long as one call may take, because systemd may only just be connecting to a bus that has
   * started. Later losses are handled by reconnecting.
   * @throws the error of the last attempt.
   */
  async open(signal: AbortSignal): Promise<void> {
    const { clock, callTimeoutMs } = this.#parts;
    const end = new AbortController();
    const attempts = AbortSignal.any([signal, this.#closed.signal, end.signal]);
    void clock.sleep(callTimeoutMs, attempts).then(
      () => end.abort(),
      () => {},
    );
    try {
      this.#running = this.#run(await this.#connectWithRetries(attempts));
    } finally {
      end.abort();
    }
    signal.throwIfAborted();
  }

  get up(): boolean {
    return this.#session !== undefined;
  }

  /** @throws UnitManagerUnavailableError while systemd cannot be reached. */
  session(): SystemdSession {
    if (this.#session !== undefined) return this.#session;
    throw new UnitManagerUnavailableError("cannot reach systemd over D-Bus; reconnecting");
  }

  async close(): Promise<void> {
    this.#closed.abort(new UnitManagerUnavailableError("the connection to systemd was closed on purpose"));
    this.#session?.close();
    await this.#running;
  }

  async #run(first: SystemdSession): Promise<void> {
    const { signal } = this.#closed;
    const { log, onDown } = this.#parts;
    let session: SystemdSession | undefined = first;
    while (session !== undefined) {
      await aborted(session.lost);
      this.#session = undefined;
      onDown(session.lost.reason);
      if (!signal.aborted) log.warn("the connection to systemd was lost", { error: messageOf(session.lost.reason) });
      session = await this.#connectWithRetries(signal).catch((error: unknown) => {
        // A repeated programming error ends the process.
        if (!signal.aborted) throw error;
        return undefined;
      });
      if (session !== undefined) log.info("the connection to systemd is back");
    }
  }

  /**
   * Tries to connect, with growing pauses, until that succeeds.
   * @throws the error of the last attempt when the signal aborts; a programming error that repeats.
   */
  async #connectWithRetries(signal: AbortSignal): Promise<SystemdSession> {
    const { clock, random, log } = this.#parts;
    const backoff = new Backoff({ first: 50, most: 5_000, random });
    const recoveries = new RecoveryLimit({ clock, log });
    for (;;) {
      signal.throwIfAborted();
      try {
        return await this.#connect(signal);
      } catch (error) {
        if (isProgrammingError(error))
          recoveries.note("connecting to systemd failed with an internal error (please report it)", error);
        else log.debug("cannot reach systemd", { error: messageOf(error) });
        await clock.sleep(backoff.next(), signal).catch(() => {
          throw error;
        });
      }
    }
  }

  async #connect(signal: AbortSignal): Promise<SystemdSession> {
    const { address, socket, clock, callTimeoutMs, events } = this.#parts;
    const isDirect = socket !== "" && isWritable(socket);
    const place = { isDirect, address: isDirect ? `unix:path=${socket}` : address };
    const session = await SystemdSession.open({ ...place, clock, callTimeoutMs }, events, signal);
    const onAbort = (): void => session.close();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      signal.throwIfAborted();
      await this.#parts.catchUp(session);
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

/** Whether the socket exists and this process may use it: a daemon without root's rights must use the bus. */
function isWritable(socket: string): boolean {
  try {
    accessSync(socket, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
