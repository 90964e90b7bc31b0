import { type Link, type LinkAnswer, LinkRefusedError, LinkUnavailableError } from "@flotilla/link";
import { type Clock, untilAborted } from "@flotilla/runtime";
import type * as z from "zod";
import { StoreUnavailableError } from "../../port/store-error.ts";
import { type CallName, STORE_PATH } from "../wire/calls.ts";
import { errorOf } from "../wire/errors.ts";
import { answers, parseJSON, problemOf } from "../wire/messages.ts";

export interface RemoteCallsOptions {
  readonly link: Link;
  readonly clock: Clock;
  /** The time limit of a call with its repetitions, milliseconds. */
  readonly requestTimeoutMs: number;
  /** Aborts when the store client is closed. */
  readonly closed: AbortSignal;
}

export interface RemoteCall<T> {
  readonly name: CallName;
  readonly request: unknown;
  readonly answer: z.ZodType<T>;
  readonly signal: AbortSignal | undefined;
  /** The time limit, milliseconds; by default the limit of all requests. */
  readonly limitMs?: number;
}

/** How often a call is made again after its session with a server ended. */
const REPETITIONS = 3;

/** Calls with one answer. */
export class RemoteCalls {
  readonly #options: RemoteCallsOptions;

  constructor(options: RemoteCallsOptions) {
    this.#options = options;
  }

  /** Makes a call that must not be repeated. @throws a store error, or the signal's reason. */
  once<T>(call: RemoteCall<T>): Promise<T> {
    return this.#limited(call, 0);
  }

  /** Makes a call that may be repeated, with other servers too, if its answer is lost. */
  repeatable<T>(call: RemoteCall<T>): Promise<T> {
    return this.#limited(call, REPETITIONS);
  }

  #limited<T>(call: RemoteCall<T>, repetitions: number): Promise<T> {
    const over = new AbortController();
    const signals = [call.signal, this.#options.closed];
    return untilAborted(signals, () => this.#attempts(call, repetitions, over.signal), over);
  }

  async #attempts<T>(call: RemoteCall<T>, repetitions: number, signal: AbortSignal): Promise<T> {
    const { link, clock, requestTimeoutMs } = this.#options;
    const { name, limitMs = requestTimeoutMs } = call;
    const body = JSON.stringify(call.request);
    const until = clock.monotonic() + limitMs;
    for (let left = repetitions; ; left -= 1) {
      try {
        const answer = await link.request(STORE_PATH + name, body, { signal, limitMs: until - clock.monotonic() });
        return read(call, answer);
      } catch (error) {
        signal.throwIfAborted();
        const mayRepeat = error instanceof LinkUnavailableError && left > 0 && clock.monotonic() < until;
        if (!mayRepeat) throw storeErrorOf(error);
      }
    }
  }
}

function read<T>({ name, answer }: RemoteCall<T>, { status, body }: LinkAnswer): T {
  if (status !== 200) throw refusalOf(body, `the server answered ${STORE_PATH}${name} with status ${status}`);
  const parsed = answer.safeParse(parseJSON(body));
  if (parsed.success) return parsed.data;
  throw new StoreUnavailableError(
    `the server's answer to ${STORE_PATH}${name} is not valid: ${problemOf(parsed.error)}`,
  );
}

/** Returns the error in the body of an answer other than 200. */
export function refusalOf(body: string, otherwise: string): Error {
  const { code, reason } = answers.refusal.safeParse(parseJSON(body)).data ?? { reason: otherwise };
  return errorOf(code, reason);
}

/** Converts an error of the link. A machine that the servers refuse has no store until they admit it again. */
export function storeErrorOf(thrown: unknown): unknown {
  const isOfLink = thrown instanceof LinkUnavailableError || thrown instanceof LinkRefusedError;
  return isOfLink ? new StoreUnavailableError(thrown.message, { cause: thrown }) : thrown;
}
