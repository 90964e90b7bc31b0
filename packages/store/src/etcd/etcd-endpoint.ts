import { rootCertificates } from "node:tls";
import type { Clock } from "@flotilla/runtime";
import type { CallOptions, ChannelOptions } from "@grpc/grpc-js";
import type { IOptions } from "etcd3";
import { EtcdClient, type EtcdServices } from "./etcd-client.ts";
import { isStaleToken, isTimeout, wasNeverSent } from "./etcd-error.ts";
import type { EtcdCredentials, EtcdStoreOptions, EtcdTls } from "./etcd-options.ts";

/** A stream and its connection. */
export interface StreamOnConnection<S> {
  readonly stream: S;
  /** Call when the connection is dead although it looks open. The next call or stream uses a new one. */
  readonly abandon: () => void;
  /** Aborts when any call or stream abandons the connection. */
  readonly abandoned: AbortSignal;
}

export type Rpc<T> = (etcd: EtcdServices, options: CallOptions) => Promise<T>;

/** The deadline of a call, milliseconds since the epoch. gRPC converts it to a duration at once. */
type Limit = Required<Pick<CallOptions, "deadline">>;

const MAX_RECONNECT_PAUSE_MS = 2_000;
/** The pauses of gRPC vary by a fifth. */
const STUCK_AFTER_MS = MAX_RECONNECT_PAUSE_MS * 1.5;

const grpcOptions: ChannelOptions = {
  // The number of keys limits a page, not its bytes: gRPC's default limit of 4 MiB is too low.
  "grpc.max_receive_message_length": -1,
  "grpc.max_send_message_length": -1,
  // Detects silently dead connections. etcd closes the connection of a client that pings more often than every 5 s.
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": MAX_RECONNECT_PAUSE_MS,
  // Ignores http_proxy in the environment: only the configuration of fleetd says where etcd is.
  "grpc.enable_http_proxy": 0,
};

/** One member of the etcd cluster: a connection, replaced when it is dead, and the token for calls. */
export class EtcdEndpoint {
  readonly address: string;
  readonly #clock: Clock;
  readonly #tls: EtcdTls | undefined;
  readonly #credentials: EtcdCredentials | undefined;
  #connections = 0;
  /** When a call first found no connection, monotonic milliseconds; undefined while connected. */
  #unconnectedSince: number | undefined;
  #client: EtcdClient;
  /** Aborts when the current client is abandoned. */
  #abandoned = new AbortController();
  #token: Promise<string> | undefined;

  constructor(address: string, { clock, tls, credentials }: EtcdStoreOptions) {
    this.address = address;
    this.#clock = clock;
    this.#tls = tls;
    this.#credentials = credentials;
    this.#client = this.#connect();
  }

  /** Makes a call that takes at most `ms` milliseconds. Replaces an expired token once. */
  async call<T>(rpc: Rpc<T>, ms: number): Promise<T> {
    const limit = { deadline: this.#clock.wall() + ms };
    try {
      return await this.#withToken(rpc, limit);
    } catch (error) {
      if (this.#credentials === undefined || !isStaleToken(error)) throw error;
      this.dropToken();
      return this.#withToken(rpc, limit);
    }
  }

  /** Opens a stream, which has no time limit. Getting a token for it takes at most `ms` milliseconds. */
  async open<S>(rpc: Rpc<S>, ms: number): Promise<StreamOnConnection<S>> {
    const token = await this.#currentToken({ deadline: this.#clock.wall() + ms });
    const [client, abandoned] = [this.#client, this.#abandoned.signal];
    const stream = await rpc(client.services(token), {});
    return { stream, abandon: () => this.#abandon(client), abandoned };
  }

  /** Makes the next call get a new token. */
  dropToken(): void {
    this.#token = undefined;
  }

  close(): void {
    this.#client.close();
  }

  async #withToken<T>(rpc: Rpc<T>, limit: Limit): Promise<T> {
    const token = await this.#currentToken(limit);
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

  async #currentToken(limit: Limit): Promise<string> {
    if (this.#credentials === undefined) return "";
    const token = (this.#token ??= this.#authenticate(this.#credentials, limit));
    try {
      return await token;
    } catch (error) {
      if (this.#token === token) this.dropToken();
      throw error;
    }
  }

  async #authenticate({ username: name, password }: EtcdCredentials, limit: Limit): Promise<string> {
    try {
      return (await this.#client.services("").auth.authenticate({ name, password }, limit)).token;
    } catch (error) {
      // Without authentication in etcd, ignore the credentials as etcdctl does.
      if (error instanceof Error && error.message.includes("authentication is not enabled")) return "";
      throw error;
    }
  }
}

function credentialsFor(address: string, { ca, cert, key }: EtcdTls = {}): Pick<IOptions, "credentials"> {
  if (!address.startsWith("https://")) return {};
  const rootCertificate = ca ?? Buffer.from(rootCertificates.join("\n"));
  return { credentials: { rootCertificate, ...(key && { privateKey: key }), ...(cert && { certChain: cert }) } };
}
