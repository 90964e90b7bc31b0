import { accessSync, constants } from "node:fs";
import { Backoff, type Clock, isProgrammingError, type Logger, messageOf, RecoveryLimit } from "@flotilla/runtime";
import { UnitManagerUnavailableError } from "../../unit-manager-error.ts";
import { type SessionEvents, SystemdSession } from "./systemd-session.ts";

export interface SystemdLinkOptions {
  /** D-Bus address of the bus. */
  readonly address: string;
  /** systemd's own socket, which is taken in place of the bus where it is; empty for never. */
  readonly socket: string;
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

/** Keeps one conversation with systemd going: a new connection, with a growing pause, whenever one is lost. */
export class SystemdLink {
  readonly #options: SystemdLinkOptions;
  readonly #closed = new AbortController();
  #session: SystemdSession | undefined;
  #running: Promise<void> | undefined;

  constructor(options: SystemdLinkOptions) {
    this.#options = options;
  }

  /**
   * Connects. systemd may itself be on its way to a bus that has just begun, so this tries again for as long as
   * one call may take.
   * @throws what the last try met; later losses are this class's own business.
   */
  async open(signal: AbortSignal): Promise<void> {
    const { clock, callTimeoutMs } = this.#options;
    const end = new AbortController();
    const tries = AbortSignal.any([signal, this.#closed.signal, end.signal]);
    void clock.sleep(callTimeoutMs, tries).then(
      () => end.abort(),
      () => {},
    );
    try {
      this.#running = this.#run(await this.#connectAtLast(tries));
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
    let session: SystemdSession | undefined = first;
    while (session !== undefined) {
      await aborted(session.lost);
      this.#session = undefined;
      onDown(session.lost.reason);
      if (!signal.aborted) log.warn("the connection to systemd was lost", { error: messageOf(session.lost.reason) });
      session = await this.#connectAtLast(signal).catch((error: unknown) => {
        // What keeps failing in the program ends the process.
        if (!signal.aborted) throw error;
        return undefined;
      });
      if (session !== undefined) log.info("the connection to systemd is back");
    }
  }

  /**
   * Tries, with growing pauses, until it succeeds.
   * @throws what the last try met, once the signal aborts; an error in the program that tries keep ending with.
   */
  async #connectAtLast(signal: AbortSignal): Promise<SystemdSession> {
    const { clock, random, log } = this.#options;
    const backoff = new Backoff({ first: 50, most: 5_000, random });
    const recoveries = new RecoveryLimit({ clock, log });
    for (;;) {
      signal.throwIfAborted();
      try {
        return await this.#connect(signal);
      } catch (error) {
        if (isProgrammingError(error))
          recoveries.note("connecting to systemd ended with an error in the program", error);
        else log.debug("systemd cannot be reached", { error: messageOf(error) });
        await clock.sleep(backoff.next(), signal).catch(() => {
          throw error;
        });
      }
    }
  }

  async #connect(signal: AbortSignal): Promise<SystemdSession> {
    const { address, socket, events } = this.#options;
    const isDirect = socket !== "" && isWritable(socket);
    const place = { isDirect, address: isDirect ? `unix:path=${socket}` : address };
    const session = await SystemdSession.open({ ...this.#options, ...place }, events, signal);
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

/** That it is there, and that it is for us: a daemon without root's rights has to go by the bus. */
function isWritable(socket: string): boolean {
  try {
    accessSync(socket, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
