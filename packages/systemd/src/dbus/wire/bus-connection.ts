import { setImmediate } from "node:timers/promises";
import type { Clock, FlotillaError } from "@flotilla/runtime";
import { type Message, type MessageBus, MessageType } from "dbus-next";
import dbus from "dbus-next";
import { UnitManagerTimeoutError, UnitManagerUnavailableError } from "../../unit-manager-error.ts";
import { busStream } from "./bus-stream.ts";
import { fromDbusError } from "./dbus-error.ts";
import { type BusCall, ERROR, type Head, plainBody, readHead, SIGNAL, textCall } from "./plain-message.ts";
import { type PropertySignal, readPropertySignal, type SignalFilter } from "./property-signal.ts";

export interface BusConnectionOptions {
  /** A D-Bus address, as unix:path=/run/dbus/system_bus_socket. */
  readonly address: string;
  /** No bus is there, but the one to talk to itself: it has no Hello, and there are no unique names. */
  readonly isDirect?: boolean;
  readonly clock: Clock;
  /** How long a call may take before it fails and the connection is given up, milliseconds. */
  readonly callTimeoutMs: number;
  /** Called with each signal in the order of arrival, but for changes of properties. Must not throw. */
  readonly onSignal: (signal: BusSignal) => void;
  /**
   * Which signals are told, and changes of properties apart from the others, in their place among them; without it,
   * every signal, and no changes of properties. Must not throw.
   */
  readonly filter?: SignalFilter & { readonly onChanged: (signal: PropertySignal) => void };
}

export interface BusSignal {
  /** The sender's unique name, put there by the bus. Anybody on it may send a signal straight to us: check it. */
  readonly sender: string;
  readonly member: string;
  readonly body: readonly unknown[];
}

interface PendingCall {
  readonly call: BusCall;
  readonly deadline: number;
  readonly answer: (body: readonly unknown[]) => void;
  readonly fail: (error: unknown) => void;
}

/** dbus-daemon lets a connection wait for 128 replies (max_replies_per_connection, dbus-daemon(1)). */
const MAX_IN_FLIGHT = 100;

/**
 * One connection, from Hello until it is lost; never used again after that.
 *
 * dbus-next's own `call` leaves its promise pending for ever when the bus dies or stalls, so calls are
 * sent as plain messages and matched with their replies here. A call that runs into its time limit
 * takes the connection with it: what else waits on a bus that does not answer then ends too.
 */
export class BusConnection {
  readonly #bus: MessageBus;
  readonly #options: BusConnectionOptions;
  readonly #lost = new AbortController();
  /** Every call without an answer, oldest and so soonest due first. */
  readonly #pending = new Set<PendingCall>();
  readonly #sent = new Map<number, PendingCall>();
  readonly #unsent: PendingCall[] = [];
  readonly #stream: ReturnType<typeof busStream>;
  readonly #greeting = Promise.withResolvers<void>();
  #watching = false;
  #greeted = false;

  private constructor(bus: MessageBus, options: BusConnectionOptions) {
    this.#bus = bus;
    this.#options = options;
    this.#stream = busStream(bus, (header, rest) => this.#take(readHead(header, rest)));
    bus.on("error", (error: unknown) => this.#lose(lostBecause(error)));
    this.#stream.once("close", () => this.#lose(lostBecause("the bus closed it")));
    bus.on("message", (message) => this.#receive(message));
    bus.on("connect", () => this.#greet());
  }

  /**
   * Connects and says Hello, which a direct connection's other end refuses.
   * @throws UnitManagerUnavailableError when nobody listens there, UnitManagerTimeoutError when nobody answers.
   */
  static async open(options: BusConnectionOptions, signal: AbortSignal): Promise<BusConnection> {
    signal.throwIfAborted();
    const bus = dbus.sessionBus({ busAddress: options.address, authMethods: ["EXTERNAL"] });
    const connection = new BusConnection(bus, options);
    const settled = new AbortController();
    const onAbort = (): void => connection.#lose(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const { clock, callTimeoutMs } = options;
    clock.sleep(callTimeoutMs, settled.signal).then(
      () => connection.#lose(timedOut("Hello", callTimeoutMs)),
      () => {},
    );
    try {
      await connection.#greeting.promise;
      return connection;
    } finally {
      settled.abort();
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Aborts when the connection is lost or closed, with the reason as an error to show. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Calls a method. `read` runs on the reply's arguments before any message that arrived later is looked
   * at, so that what it stores and what signals say are in systemd's order.
   *
   * @throws UnitManagerRefusedError with the callee's words, UnitManagerTimeoutError,
   *   UnitManagerUnavailableError, or the signal's reason.
   */
  call<T>(call: BusCall, read: (body: readonly unknown[]) => T, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (this.lost.aborted) return Promise.reject(this.lost.reason as Error);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const onAbort = (): void => {
      this.#forget(pending);
      reject(signal?.reason);
    };
    const pending: PendingCall = {
      call,
      deadline: this.#options.clock.monotonic() + this.#options.callTimeoutMs,
      answer: (body) => {
        signal?.removeEventListener("abort", onAbort);
        try {
          resolve(read(body));
        } catch (error) {
          reject(error);
        }
      },
      fail: (error) => {
        signal?.removeEventListener("abort", onAbort);
        reject(error);
      },
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#pending.add(pending);
    this.#unsent.push(pending);
    this.#send();
    void this.#watchDeadlines();
    return promise;
  }

  /** Ends the connection at once; calls that wait fail with UnitManagerUnavailableError. */
  close(): void {
    this.#lose(new UnitManagerUnavailableError("The connection to systemd was closed on purpose."));
  }

  /** Ends a connection that is of no more use as though the bus had, which `why` is to explain to people. */
  abandon(why: string): void {
    this.#lose(lostBecause(why));
  }

  #send(): void {
    while (this.#sent.size < MAX_IN_FLIGHT && !this.lost.aborted) {
      const pending = this.#unsent.shift();
      if (pending === undefined) return;
      if (!this.#pending.has(pending)) continue;
      const serial = this.#bus.newSerial();
      this.#sent.set(serial, pending);
      const { call } = pending;
      try {
        const bytes = textCall(call, serial);
        if (bytes) this.#stream.write(bytes);
        else this.#bus.send(new dbus.Message({ ...call, serial, body: [...(call.body ?? [])] }));
      } catch (error) {
        // Of a stream that has ended dbus-next says so here, before the stream itself does.
        if (!this.#stream.writable) return this.#lose(lostBecause(error));
        this.#sent.delete(serial);
        this.#pending.delete(pending);
        pending.fail(error);
      }
    }
  }

  /** True for what dbus-next need not decode: most of what systemd says is of no use, and most answers are one word. */
  #take(head: Head): boolean {
    if (head.type === SIGNAL) return this.#takeSignal(head);
    // Hello is dbus-next's own call.
    if (!this.#sent.has(head.replySerial)) return false;
    const body = plainBody(head);
    if (body) this.#settle(head.replySerial, body, head.type === ERROR ? head.errorName : undefined);
    return body !== undefined;
  }

  #takeSignal(head: Head): boolean {
    const { filter, onSignal } = this.#options;
    if (filter === undefined) return false;
    const signal = readPropertySignal(head, filter);
    if (signal === "other") return true;
    if (signal !== undefined) {
      filter.onChanged(signal);
      return true;
    }
    const body = plainBody(head);
    if (body) onSignal({ sender: head.sender, member: head.member, body });
    return body !== undefined;
  }

  #receive(message: Message): void {
    if (message.type === MessageType.SIGNAL) {
      this.#options.onSignal(message);
      return;
    }
    if (message.type !== MessageType.METHOD_RETURN && message.type !== MessageType.ERROR) return;
    const isError = message.type === MessageType.ERROR;
    const serial = Number(message.replySerial);
    if (this.#sent.has(serial)) this.#settle(serial, message.body, isError ? message.errorName : undefined);
    else if (isError && !this.#greeted) this.#refuseHello(message);
  }

  #settle(serial: number, body: readonly unknown[], errorName: string | undefined): void {
    const pending = this.#sent.get(serial);
    this.#sent.delete(serial);
    // False when the caller has given up meanwhile.
    if (pending && this.#pending.delete(pending)) {
      if (errorName === undefined) pending.answer(body);
      else pending.fail(errorOf(errorName, body));
    }
    this.#send();
  }

  /** dbus-next answers a refused Hello with a rejection that nobody can catch: it must not see the reply. */
  #refuseHello(message: Message): void {
    message.replySerial = "";
    if (this.#options.isDirect) this.#greet();
    else this.#lose(lostBecause(errorOf(message.errorName, message.body)));
  }

  #greet(): void {
    this.#greeted = true;
    this.#greeting.resolve();
  }

  /** The caller has given up. A reply may still come, and takes its place among those in flight until then. */
  #forget(pending: PendingCall): void {
    this.#pending.delete(pending);
  }

  /** One timer for all calls: their limits are equal, so the oldest is always the next one due. */
  async #watchDeadlines(): Promise<void> {
    if (this.#watching) return;
    this.#watching = true;
    const { clock, callTimeoutMs } = this.#options;
    for (let first = this.#oldest(); first !== undefined && !this.lost.aborted; first = this.#oldest()) {
      const left = first.deadline - clock.monotonic();
      if (left > 0) {
        await clock.sleep(left, this.lost).catch(() => {});
        // If this process itself stood still, the answers are there and only have to be read.
        await setImmediate();
        continue;
      }
      this.#pending.delete(first);
      const error = timedOut(first.call.member, callTimeoutMs);
      first.fail(error);
      this.#lose(lostBecause(error));
    }
    this.#watching = false;
  }

  #oldest(): PendingCall | undefined {
    return this.#pending.values().next().value;
  }

  #lose(error: unknown): void {
    if (this.lost.aborted) return;
    this.#lost.abort(error);
    this.#greeting.reject(error);
    this.#stream.destroy();
    for (const pending of this.#pending) pending.fail(error);
    this.#pending.clear();
    this.#sent.clear();
    this.#unsent.length = 0;
  }
}

function errorOf(name: string, [text]: readonly unknown[]): FlotillaError {
  return fromDbusError(name, typeof text === "string" ? text : "");
}

function lostBecause(cause: unknown): UnitManagerUnavailableError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new UnitManagerUnavailableError(`The connection to systemd was lost (${why}); it is tried again.`, { cause });
}

function timedOut(member: string, limitMs: number): UnitManagerTimeoutError {
  return new UnitManagerTimeoutError(
    `systemd did not answer ${member} within ${limitMs} ms; the connection is renewed.`,
  );
}
