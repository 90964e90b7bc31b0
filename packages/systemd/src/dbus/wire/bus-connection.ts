import type { Clock } from "@flotilla/runtime";
import { UnitManagerUnavailableError } from "../../unit-manager-error.ts";
import { BusSocket } from "./bus-socket.ts";
import { decodeBody, encodeCall, encodeRefusal } from "./codec.ts";
import { type BusCall, ERROR, type Head, METHOD_CALL, METHOD_RETURN, readHead, SIGNAL } from "./message.ts";
import { PendingCalls, timedOut } from "./pending-calls.ts";
import { isPropertySignal, type PropertyFilter, type PropertySignal, readPropertySignal } from "./property-signal.ts";

export interface BusConnectionOptions {
  /** A D-Bus address, such as unix:path=/run/dbus/system_bus_socket. */
  readonly address: string;
  /** True when systemd itself listens there instead of a bus: it has no Hello and no unique names. */
  readonly isDirect: boolean;
  readonly clock: Clock;
  /** How long a call may take before it fails and the connection is given up, milliseconds. */
  readonly callTimeoutMs: number;
  readonly signals: SignalHandlers;
}

/** Handlers of signals, called in the order of arrival among the replies. The handlers must not throw. */
export interface SignalHandlers {
  /** The members of the signals that `onSignal` receives; all others are skipped. */
  readonly members: ReadonlySet<string>;
  readonly onSignal: (signal: BusSignal) => void;
  /** The PropertiesChanged signals that `onPropertiesChanged` receives. */
  readonly properties: PropertyFilter;
  readonly onPropertiesChanged: (signal: PropertySignal) => void;
}

export interface BusSignal {
  /** The sender's unique name, set by the bus. Any process on the bus may send a signal to this one: check the name. */
  readonly sender: string;
  readonly member: string;
  readonly body: readonly unknown[];
}

const HELLO: BusCall = {
  destination: "org.freedesktop.DBus",
  path: "/org/freedesktop/DBus",
  interface: "org.freedesktop.DBus",
  member: "Hello",
};

/**
 * One connection, from its start until it is lost. It is never used again after that.
 *
 * A call that runs into its time limit ends the connection, and with it every other call, because a bus that does not
 * answer one call is not expected to answer the others.
 */
export class BusConnection {
  readonly #options: BusConnectionOptions;
  readonly #socket: BusSocket;
  readonly #calls: PendingCalls;
  readonly #lost = new AbortController();
  readonly #authenticated = Promise.withResolvers<void>();
  #lastSerial = 0;

  private constructor(options: BusConnectionOptions) {
    this.#options = options;
    this.#calls = new PendingCalls({
      clock: options.clock,
      limitMs: options.callTimeoutMs,
      send: (call, serial) => this.#socket.write(encodeCall(call, serial)),
      newSerial: () => this.#newSerial(),
      onOverdue: (error) => this.#lose(lostBecause(error)),
      lost: this.#lost.signal,
    });
    this.#socket = new BusSocket(options.address, {
      authenticated: () => this.#authenticated.resolve(),
      message: (bytes) => this.#receive(bytes),
      closed: (reason) => this.#lose(lostBecause(reason)),
    });
  }

  /**
   * Connects, and says Hello to a bus.
   * @throws UnitManagerUnavailableError when the bus does not listen, UnitManagerTimeoutError when the bus does not answer.
   */
  static async open(options: BusConnectionOptions, signal: AbortSignal): Promise<BusConnection> {
    signal.throwIfAborted();
    const connection = new BusConnection(options);
    const opened = new AbortController();
    const onAbort = (): void => connection.#lose(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const { clock, callTimeoutMs } = options;
    clock.sleep(callTimeoutMs, opened.signal).then(
      () => connection.#lose(timedOut("Hello", callTimeoutMs)),
      () => {},
    );
    try {
      await connection.#authenticated.promise;
      if (!options.isDirect) await connection.#hello();
      return connection;
    } finally {
      opened.abort();
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Aborts when the connection is lost or closed, with the reason as an error to show. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Calls a method. `read` runs on the reply's arguments before any later message is processed, so that what `read`
   * stores and what signals report are in systemd's order.
   *
   * @throws UnitManagerRefusedError with the callee's words, UnitManagerTimeoutError, UnitManagerUnavailableError, or
   * the signal's reason.
   */
  call<T>(call: BusCall, read: (body: readonly unknown[]) => T, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (this.lost.aborted) return Promise.reject(this.lost.reason as Error);
    return this.#calls.call(call, read, signal);
  }

  /** Ends the connection at once; waiting calls fail with UnitManagerUnavailableError. */
  close(): void {
    this.#lose(new UnitManagerUnavailableError("the connection to systemd was closed on purpose"));
  }

  /** Ends a useless connection as though the bus had closed it; `why` is for the error message. */
  abandon(why: string): void {
    this.#lose(lostBecause(why));
  }

  /** A bus refuses Hello, for example, when it has too many connections. It then does not serve this connection. */
  async #hello(): Promise<void> {
    try {
      await this.call(HELLO, () => {});
    } catch (error) {
      this.#lose(lostBecause(error));
      throw this.lost.reason;
    }
  }

  #receive(message: Buffer): void {
    const head = readHead(message);
    if (head.type === SIGNAL) this.#receiveSignal(message, head);
    else if (head.type === METHOD_RETURN || head.type === ERROR) this.#receiveReply(message, head);
    else if (head.type === METHOD_CALL && head.expectsReply)
      this.#socket.write(encodeRefusal(message, this.#newSerial()));
  }

  #receiveReply(message: Buffer, head: Head): void {
    if (!this.#calls.has(head.replySerial)) return;
    const errorName = head.type === ERROR ? head.errorName : undefined;
    this.#calls.answer(head.replySerial, decodeBody(message, head), errorName);
  }

  #receiveSignal(message: Buffer, head: Head): void {
    const { members, onSignal, properties, onPropertiesChanged } = this.#options.signals;
    if (isPropertySignal(head)) {
      const signal = readPropertySignal(head, properties);
      if (signal) onPropertiesChanged(signal);
    } else if (members.has(head.member)) {
      onSignal({ sender: head.sender, member: head.member, body: decodeBody(message, head) });
    }
  }

  #newSerial(): number {
    this.#lastSerial = this.#lastSerial === LAST_SERIAL ? 1 : this.#lastSerial + 1;
    return this.#lastSerial;
  }

  #lose(error: unknown): void {
    if (this.lost.aborted) return;
    this.#lost.abort(error);
    this.#authenticated.reject(error);
    this.#socket.destroy();
    this.#calls.failAll(error);
  }
}

/** Serials have 32 bits, and none is 0. */
const LAST_SERIAL = 2 ** 32 - 1;

function lostBecause(cause: unknown): UnitManagerUnavailableError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new UnitManagerUnavailableError(`the connection to systemd was lost (${why}); reconnecting`, { cause });
}
