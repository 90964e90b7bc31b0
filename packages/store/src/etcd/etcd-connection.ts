import { isOutage, isProgrammingError, messageOf, withTimeLimit } from "@flotilla/runtime";
import { StoreTimeoutError, StoreUnavailableError } from "../port/store-error.ts";
import { etcdAddresses } from "./etcd-address.ts";
import { EtcdEndpoint, type Rpc, type StreamOnConnection } from "./etcd-endpoint.ts";
import { deniesAccess, hadNoEffect, storeError } from "./etcd-error.ts";
import type { EtcdStoreOptions } from "./etcd-options.ts";

/** What gRPC's streams have in common. */
interface Stream {
  cancel(): void;
}

export interface OpenStream<S> extends StreamOnConnection<S> {
  readonly endpoint: EtcdEndpoint;
}

/** Between two rounds of asking all members; at most, milliseconds. */
const ELECTION_PAUSE_MS = 100;

/** The cluster: calls go to one member until it fails, then to the next. */
export class EtcdConnection {
  readonly #options: EtcdStoreOptions;
  readonly #endpoints: readonly EtcdEndpoint[];
  readonly #closed = new AbortController();
  /** Those whose last call failed. */
  readonly #failing = new Set<EtcdEndpoint>();
  #current: number;

  constructor(options: EtcdStoreOptions) {
    this.#options = options;
    const addresses = etcdAddresses(options.endpoints, options.tls !== undefined);
    this.#endpoints = addresses.map((address) => new EtcdEndpoint(address, options));
    this.#current = Math.floor(options.random() * addresses.length);
  }

  /** Aborts when the connection closes, with the error that every call ends with from then on. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /**
   * A call that may be made twice without harm: another member is tried when one fails.
   * @param limitMs the time limit, milliseconds. Default that of all requests.
   * @throws a StoreError, or the signal's reason; always within the time limit
   */
  repeatable<T>(
    what: string,
    rpc: Rpc<T>,
    signal: AbortSignal | undefined,
    limitMs = this.#options.requestTimeoutMs,
  ): Promise<T> {
    // Each member gets its share of the time, so that one that is silent does not use it up.
    const share = limitMs / this.#endpoints.length;
    return this.#limited(what, signal, (over) => this.#attempts(rpc, share, over, () => true), limitMs);
  }

  /** A call that is made once: tried again only if it certainly had no effect. */
  once<T>(what: string, rpc: Rpc<T>, signal: AbortSignal | undefined): Promise<T> {
    return this.#limited(what, signal, (over) =>
      this.#attempts(rpc, this.#options.requestTimeoutMs, over, hadNoEffect),
    );
  }

  /** Opens a stream on the current member; the caller reports how it went and cancels it. */
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

  succeeded(endpoint: EtcdEndpoint): void {
    if (this.#failing.delete(endpoint)) this.#options.log.info("etcd serves again", { endpoint: endpoint.address });
  }

  /** Turns away from a member that cannot serve, and gives back the error to throw. */
  failed(endpoint: EtcdEndpoint, thrown: unknown): Error {
    const error = storeError(thrown, endpoint.address);
    if (isOutage(error)) this.#turnAway(endpoint, error);
    return error;
  }

  /**
   * As `failed`, for a stream. etcd 3.4 refuses a watch whose token has expired as if its user might
   * not read, and nobody is there to be told of a refusal: it is logged, and the next try has a new token.
   */
  streamFailed(endpoint: EtcdEndpoint, thrown: unknown): Error {
    if (deniesAccess(thrown)) endpoint.dropToken();
    const error = storeError(thrown, endpoint.address);
    if (!isProgrammingError(error)) this.#turnAway(endpoint, error);
    return error;
  }

  close(): void {
    if (this.closed.aborted) return;
    this.#closed.abort(new StoreUnavailableError("The connection to etcd was closed, so it answers no more."));
    for (const endpoint of this.#endpoints) endpoint.close();
  }

  #electionPause(): number {
    return ELECTION_PAUSE_MS * (0.5 + this.#options.random() / 2);
  }

  #endpoint(): EtcdEndpoint {
    const endpoint = this.#endpoints[this.#current];
    if (endpoint === undefined) throw new RangeError(`No etcd endpoint number ${this.#current}.`);
    return endpoint;
  }

  #turnAway(endpoint: EtcdEndpoint, error: Error): void {
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
    const timeout = (): Error => {
      const at = this.#endpoints.map(({ address }) => address).join(", ");
      return new StoreTimeoutError(
        `etcd at ${at} did not answer within ${ms} ms (${what}). Check that it runs, can be reached from here, and its load.`,
      );
    };
    return withTimeLimit({ clock, ms, timeout }, [signal, this.closed], work);
  }

  async #attempts<T>(rpc: Rpc<T>, ms: number, over: AbortSignal, again: (thrown: unknown) => boolean): Promise<T> {
    const { clock, requestTimeoutMs } = this.#options;
    // With one member, a second try still helps against a connection that has gone stale.
    const round = Math.max(2, this.#endpoints.length);
    // Where there are others they elect a leader meanwhile.
    const until = clock.monotonic() + (this.#endpoints.length > 1 ? requestTimeoutMs * 0.75 : 0);
    for (let attempt = 1; ; attempt += 1) {
      const endpoint = this.#endpoint();
      try {
        const result = await endpoint.call(rpc, ms);
        this.succeeded(endpoint);
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
