import { setImmediate } from "node:timers/promises";
import type { Clock } from "@flotilla/runtime";
import { UnitManagerTimeoutError } from "../../unit-manager-error.ts";
import { fromDbusError } from "./dbus-error.ts";
import type { BusCall } from "./message.ts";

export interface PendingCallsParts {
  readonly clock: Clock;
  /** How long a call may take, milliseconds. */
  readonly limitMs: number;
  /** Sends a call. An error that is thrown fails that call alone. */
  readonly send: (call: BusCall, serial: number) => void;
  readonly newSerial: () => number;
  /** Called with the error of a call that has exceeded the time limit. */
  readonly onOverdue: (error: UnitManagerTimeoutError) => void;
  /** Aborts when the connection is over. */
  readonly lost: AbortSignal;
}

interface PendingCall {
  readonly call: BusCall;
  readonly deadline: number;
  readonly answer: (body: readonly unknown[]) => void;
  readonly fail: (error: unknown) => void;
}

/** dbus-daemon lets a connection wait for 128 replies (max_replies_per_connection, dbus-daemon(1)). */
const MAX_IN_FLIGHT = 100;

/** The unanswered calls of one connection. Keeps at most `MAX_IN_FLIGHT` calls open, and enforces the time limit. */
export class PendingCalls {
  readonly #parts: PendingCallsParts;
  /** Oldest first, and so by deadline. */
  readonly #pending = new Set<PendingCall>();
  readonly #sent = new Map<number, PendingCall>();
  readonly #unsent: PendingCall[] = [];
  #isWatching = false;

  constructor(parts: PendingCallsParts) {
    this.#parts = parts;
  }

  /** See BusConnection.call. */
  call<T>(call: BusCall, read: (body: readonly unknown[]) => T, signal?: AbortSignal): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const onAbort = (): void => {
      // The reply may still come: the call counts as in flight until then.
      this.#pending.delete(pending);
      reject(signal?.reason);
    };
    const { clock, limitMs } = this.#parts;
    const pending: PendingCall = {
      call,
      deadline: clock.monotonic() + limitMs,
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
    this.#sendNext();
    void this.#watchDeadlines();
    return promise;
  }

  /** Whether a call with this serial waits for its reply, even if its caller has given up. */
  has(serial: number): boolean {
    return this.#sent.has(serial);
  }

  /** Ends a call by its reply. @param errorName for an error reply. */
  answer(serial: number, body: readonly unknown[], errorName?: string): void {
    const pending = this.#sent.get(serial);
    this.#sent.delete(serial);
    // False when the caller has given up.
    if (pending && this.#pending.delete(pending)) {
      if (errorName === undefined) pending.answer(body);
      else pending.fail(fromDbusError(errorName, body));
    }
    this.#sendNext();
  }

  /** Fails every call. */
  failAll(error: unknown): void {
    for (const pending of this.#pending) pending.fail(error);
    this.#pending.clear();
    this.#sent.clear();
    this.#unsent.length = 0;
  }

  #sendNext(): void {
    const { send, newSerial, lost } = this.#parts;
    while (this.#sent.size < MAX_IN_FLIGHT && !lost.aborted) {
      const pending = this.#unsent.shift();
      if (pending === undefined) return;
      if (!this.#pending.has(pending)) continue;
      const serial = newSerial();
      this.#sent.set(serial, pending);
      try {
        send(pending.call, serial);
      } catch (error) {
        this.#sent.delete(serial);
        this.#pending.delete(pending);
        pending.fail(error);
      }
    }
  }

  /** One timer serves all calls: their limits are equal, so the oldest call is due first. */
  async #watchDeadlines(): Promise<void> {
    if (this.#isWatching) return;
    this.#isWatching = true;
    const { clock, limitMs, onOverdue, lost } = this.#parts;
    for (let first = this.#oldest(); first !== undefined && !lost.aborted; first = this.#oldest()) {
      const left = first.deadline - clock.monotonic();
      if (left > 0) {
        await clock.sleep(left, lost).catch(() => {});
        // If this process itself stood still, the replies have arrived and only need to be read.
        await setImmediate();
        continue;
      }
      this.#pending.delete(first);
      const error = timedOut(first.call.member, limitMs);
      first.fail(error);
      onOverdue(error);
    }
    this.#isWatching = false;
  }

  #oldest(): PendingCall | undefined {
    return this.#pending.values().next().value;
  }
}

export function timedOut(member: string, limitMs: number): UnitManagerTimeoutError {
  return new UnitManagerTimeoutError(`systemd did not answer ${member} within ${limitMs} ms; reconnecting`);
}
