import { isOutage, isProgrammingError, messageOf, withTimeLimit } from "@flotilla/runtime";
import { StoreTimeoutError, StoreUnavailableError } from "../port/store-error.ts";
import { etcdAddresses } from "./etcd-address.ts";
import { EtcdEndpoint, type Rpc, type StreamOnConnection } from "./etcd-endpoint.ts";
import { deniesAccess, hadNoEffect, storeError } from "./etcd-error.ts";
import type { EtcdStoreOptions } from "./etcd-options.ts";

interface Stream {
  cancel(): void;
}

export interface OpenStream<S> extends StreamOnConnection<S> {
  readonly endpoint: EtcdEndpoint;
}

/**
 * How long the watches of a connection may be silent before one of them must answer, as a multiple of a call's time
 * limit. The time is long because thousands of connections may be silent at once.
 */
const QUIET_LIMITS = 5;

/** The longest pause between two rounds over all members, milliseconds. */
const ELECTION_PAUSE_MS = 100;

/** The connection to an etcd cluster. Calls go to one member until it fails, then to the next. */
export class EtcdConnection {
  readonly #options: EtcdStoreOptions;
  readonly #endpoints: readonly EtcdEndpoint[];
  readonly #closed = new AbortController();
  /** The members whose last call failed. */
  readonly #failing = new Set<EtcdEndpoint>();
  #current: number;

  constructor(options: EtcdStoreOptions) {
    this.#options = options;
    const { endpoints, clock, tls, credentials, random, requestTimeoutMs: answerMs } = options;
    const silence = { clock, quietMs: answerMs * QUIET_LIMITS, answerMs };
    const addresses = etcdAddresses(endpoints, tls !== undefined);
    this.#endpoints = addresses.map((address) => new EtcdEndpoint({ address, clock, tls, credentials, silence }));
    this.#current = Math.floor(random() * addresses.length);
  }

  /** Aborts when the connection closes. Its reason is the error of every later call. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /**
   * Makes an idempotent call. If a member fails, tries another one.
   * @param limitMs the time limit, milliseconds; by default the limit of all requests.
   * @throws a store error or the signal's reason, within the time limit.
   */
  repeatable<T>(
    what: string,
    rpc: Rpc<T>,
    signal: AbortSignal | undefined,
    limitMs = this.#options.requestTimeoutMs,
  ): Promise<T> {
    // Each member gets an equal share of the time, so that a silent one does not use all of it.
    const share = limitMs / this.#endpoints.length;
    return this.#limited(what, signal, (over) => this.#attempts(rpc, share, over, () => true), limitMs);
  }

  /** Makes a call that is not idempotent. Retries it only if it certainly had no effect. */
  once<T>(what: string, rpc: Rpc<T>, signal: AbortSignal | undefined): Promise<T> {
    return this.#limited(what, signal, (over) =>
      this.#attempts(rpc, this.#options.requestTimeoutMs, over, hadNoEffect),
    );
  }

  /** Opens a stream on the current member. The caller reports a failure, and cancels the stream. */
  open<S extends Stream>(what: string, rpc: Rpc<S>, signal: AbortSignal): Promise<OpenStream<S>> {
    return this.#limited(what, signal, async (over) => {
      const endpoint = this.#endpoint();
      try {
        const open = await endpoint.open(rpc, this.#options.requestTimeoutMs);
        if (over.aborted) open.stream.cancel();
        return { ...open, endpoint };
      } catch (error) {
        throw this.failed(endpoint, error);
      }
    });
  }

  /** Only a call shows that a member serves: without a quorum, a member still answers watches for a moment. */
  #succeeded(endpoint: EtcdEndpoint): void {
    if (this.#failing.delete(endpoint)) this.#options.log.info("etcd serves again", { endpoint: endpoint.address });
  }

  /** Moves on to the next member if this one cannot serve. Returns the error to throw. */
  failed(endpoint: EtcdEndpoint, thrown: unknown): Error {
    const error = storeError(thrown, endpoint.address);
    if (isOutage(error)) this.#moveOnFrom(endpoint, error);
    return error;
  }

  /**
   * Like `failed`, for a stream. etcd 3.4 refuses a watch with an expired token as if the user lacked the permission.
   * The refusal is logged, and the next attempt gets a new token.
   */
  streamFailed(endpoint: EtcdEndpoint, thrown: unknown): Error {
    if (deniesAccess(thrown)) endpoint.dropToken();
    const error = storeError(thrown, endpoint.address);
    if (!isProgrammingError(error)) this.#moveOnFrom(endpoint, error);
    return error;
  }

  close(): void {
    if (this.closed.aborted) return;
    this.#closed.abort(new StoreUnavailableError("the connection to etcd is closed"));
    for (const endpoint of this.#endpoints) endpoint.close();
  }

  #electionPause(): number {
    return ELECTION_PAUSE_MS * (0.5 + this.#options.random() / 2);
  }

  #endpoint(): EtcdEndpoint {
    const endpoint = this.#endpoints[this.#current];
    if (endpoint === undefined) throw new RangeError(`no etcd endpoint has the number ${this.#current}`);
    return endpoint;
  }

  #moveOnFrom(endpoint: EtcdEndpoint, error: Error): void {
    if (this.closed.aborted) return;
    if (endpoint === this.#endpoint()) this.#current = (this.#current + 1) % this.#endpoints.length;
    if (this.#failing.has(endpoint)) return;
    this.#failing.add(endpoint);
    this.#options.log.warn("etcd does not serve", { endpoint: endpoint.address, error: messageOf(error) });
  }

  #limited<T>(
    what: string,
    signal: AbortSignal | undefined,
    work: (over: AbortSignal) => Promise<T>,
    ms = this.#options.requestTimeoutMs,
  ): Promise<T> {
    const { clock } = this.#options;
    const timeout = (cause?: unknown): Error => {
      const at = this.#endpoints.map(({ address }) => address).join(", ");
      return new StoreTimeoutError(
        `etcd at ${at} did not answer within ${ms} ms (${what}); ` +
          "check that etcd runs, that this machine can reach it, and its load",
        { cause },
      );
    };
    // gRPC's own limit on a call may pass a moment before this one.
    const named = (over: AbortSignal): Promise<T> =>
      work(over).catch((error: unknown) => {
        throw error instanceof StoreTimeoutError ? timeout(error) : error;
      });
    return withTimeLimit({ clock, ms, timeout: () => timeout() }, [signal, this.closed], named);
  }

  async #attempts<T>(rpc: Rpc<T>, ms: number, over: AbortSignal, again: (thrown: unknown) => boolean): Promise<T> {
    const { clock, requestTimeoutMs } = this.#options;
    // With a single member, a second attempt still helps against a stale connection.
    const round = Math.max(2, this.#endpoints.length);
    // Leaves several members time to elect a leader.
    const until = clock.monotonic() + (this.#endpoints.length > 1 ? requestTimeoutMs * 0.75 : 0);
    for (let attempt = 1; ; attempt += 1) {
      const endpoint = this.#endpoint();
      try {
        const result = await endpoint.call(rpc, ms);
        this.#succeeded(endpoint);
        return result;
      } catch (thrown) {
        const error = this.failed(endpoint, thrown);
        over.throwIfAborted();
        if (!isOutage(error) || !again(thrown)) throw error;
        if (attempt % round === 0) {
          if (clock.monotonic() >= until) throw error;
          await clock.sleep(this.#electionPause(), over);
        }
      }
    }
  }
}
