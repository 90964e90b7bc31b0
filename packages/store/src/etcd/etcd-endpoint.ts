import type { Clock } from "@flotilla/runtime";
import type { CallOptions } from "@grpc/grpc-js";
import { ConnectionSilence, type ConnectionSilenceOptions } from "./connection-silence.ts";
import { EtcdClient, type EtcdServices } from "./etcd-client.ts";
import { isStaleToken, isTimeout, wasNeverSent } from "./etcd-error.ts";
import type { EtcdCredentials, EtcdTls } from "./etcd-options.ts";
import { EtcdToken, type Limit } from "./etcd-token.ts";
import { credentialsFor, grpcOptions, MAX_RECONNECT_PAUSE_MS } from "./grpc-options.ts";

/** A stream and its connection. */
export interface StreamOnConnection<S> {
  readonly stream: S;
  /** Call when the connection is dead although it looks open. The next call or stream uses a new one. */
  readonly abandon: () => void;
  /** Aborts when any call or stream abandons the connection. */
  readonly abandoned: AbortSignal;
  /** Watches over the streams of the connection. */
  readonly silence: ConnectionSilence;
}

export type Rpc<T> = (etcd: EtcdServices, options: CallOptions) => Promise<T>;

/** The pauses of gRPC vary by a fifth. */
const STUCK_AFTER_MS = MAX_RECONNECT_PAUSE_MS * 1.5;

export interface EtcdEndpointOptions {
  readonly address: string;
  readonly clock: Clock;
  readonly tls: EtcdTls | undefined;
  readonly credentials: EtcdCredentials | undefined;
  readonly silence: ConnectionSilenceOptions;
}

/** One member of the etcd cluster: a connection, replaced when it is dead, and the token for calls. */
export class EtcdEndpoint {
  readonly address: string;
  readonly #clock: Clock;
  readonly #tls: EtcdTls | undefined;
  readonly #token: EtcdToken;
  readonly #silenceOptions: ConnectionSilenceOptions;
  #connections = 0;
  /** When a call first found no connection, monotonic milliseconds; undefined while connected. */
  #unconnectedSince: number | undefined;
  #client: EtcdClient;
  /** Aborts when the current client is abandoned. */
  #abandoned = new AbortController();
  #silence: ConnectionSilence;

  constructor({ address, clock, tls, credentials, silence }: EtcdEndpointOptions) {
    this.address = address;
    this.#clock = clock;
    this.#tls = tls;
    this.#token = new EtcdToken(credentials);
    this.#silenceOptions = silence;
    this.#client = this.#connect();
    this.#silence = new ConnectionSilence(silence);
  }

  /** Makes a call that takes at most `ms` milliseconds. Replaces an expired token once. */
  async call<T>(rpc: Rpc<T>, ms: number): Promise<T> {
    const limit = { deadline: this.#clock.wall() + ms };
    try {
      return await this.#withToken(rpc, limit);
    } catch (error) {
      if (!this.#token.hasCredentials || !isStaleToken(error)) throw error;
      this.dropToken();
      return this.#withToken(rpc, limit);
    }
  }

  /** Opens a stream, which has no time limit. Getting a token for it takes at most `ms` milliseconds. */
  async open<S>(rpc: Rpc<S>, ms: number): Promise<StreamOnConnection<S>> {
    const token = await this.#token.current(this.#client, { deadline: this.#clock.wall() + ms });
    const [client, abandoned, silence] = [this.#client, this.#abandoned.signal, this.#silence];
    const stream = await rpc(client.services(token), {});
    return { stream, abandon: () => this.#abandon(client), abandoned, silence };
  }

  /** Makes the next call get a new token. */
  dropToken(): void {
    this.#token.drop();
  }

  close(): void {
    this.#client.close();
  }

  async #withToken<T>(rpc: Rpc<T>, limit: Limit): Promise<T> {
    const token = await this.#token.current(this.#client, limit);
    const client = this.#client;
    try {
      const answer = await rpc(client.services(token), limit);
      this.#unconnectedSince = undefined;
      return answer;
    } catch (error) {
      if (isTimeout(error) || (wasNeverSent(error) && this.#isStuck())) this.#abandon(client);
      throw error;
    }
  }

  /** True after longer without a connection than gRPC ever pauses: at times gRPC does not reconnect. */
  #isStuck(): boolean {
    const now = this.#clock.monotonic();
    this.#unconnectedSince ??= now;
    return now - this.#unconnectedSince > STUCK_AFTER_MS;
  }

  /**
   * Replaces a connection that does not answer. gRPC would wait until its keepalive times out, or forever if the
   * HTTP/2 preface never arrived.
   */
  #abandon(client: EtcdClient): void {
    if (client !== this.#client) return;
    this.#unconnectedSince = undefined;
    this.#client = this.#connect();
    this.#silence = new ConnectionSilence(this.#silenceOptions);
    client.close();
    const abandoned = this.#abandoned;
    this.#abandoned = new AbortController();
    abandoned.abort();
  }

  #connect(): EtcdClient {
    this.#connections += 1;
    // gRPC shares a connection between clients with equal options. The number makes these options unique.
    const own = { ...grpcOptions, "grpc.primary_user_agent": `flotilla-connection/${this.#connections}` };
    return new EtcdClient(this.address, { grpcOptions: own, ...credentialsFor(this.address, this.#tls) });
  }
}
