import { rootCertificates } from "node:tls";
import type { Clock } from "@flotilla/runtime";
import type { CallOptions, ChannelOptions } from "@grpc/grpc-js";
import type { IOptions } from "etcd3";
import { EtcdClient, type EtcdServices } from "./etcd-client.ts";
import { isStaleToken, isTimeout, wasNeverSent } from "./etcd-error.ts";
import type { EtcdCredentials, EtcdStoreOptions, EtcdTls } from "./etcd-options.ts";

/** A stream, and the connection that it is on. */
export interface StreamOnConnection<S> {
  readonly stream: S;
  /** The connection is dead although it looks open: the next call or stream shall have a new one. */
  readonly abandon: () => void;
  /** Aborts when the connection has been taken for dead, by whomever. */
  readonly abandoned: AbortSignal;
}

export type Rpc<T> = (etcd: EtcdServices, options: CallOptions) => Promise<T>;

/** When a call is over, milliseconds since the epoch: gRPC's own measure, of which it takes the distance at once. */
type Limit = Required<Pick<CallOptions, "deadline">>;

const MAX_RECONNECT_PAUSE_MS = 2_000;
/** gRPC's pauses vary by a fifth. */
const STUCK_AFTER_MS = MAX_RECONNECT_PAUSE_MS * 1.5;

const grpcOptions: ChannelOptions = {
  // Pages are bounded by their number of keys, not by bytes: gRPC's default limit of 4 MiB is no use to us.
  "grpc.max_receive_message_length": -1,
  "grpc.max_send_message_length": -1,
  // Finds connections that died without a word. etcd hangs up on clients that ping more often than every 5 s.
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": MAX_RECONNECT_PAUSE_MS,
  // Only fleetd's configuration decides where etcd is, not http_proxy in the environment.
  "grpc.enable_http_proxy": 0,
};

/** One member of the etcd cluster: the connection to it, made anew when it is dead, and the token for calls. */
export class EtcdEndpoint {
  readonly address: string;
  readonly #clock: Clock;
  readonly #tls: EtcdTls | undefined;
  readonly #credentials: EtcdCredentials | undefined;
  #connections = 0;
  /** When a call first found no connection, monotonic milliseconds; undefined while there is one. */
  #unconnectedSince: number | undefined;
  #client: EtcdClient;
  /** Of the present client. */
  #abandoned = new AbortController();
  #token: Promise<string> | undefined;

  constructor(address: string, { clock, tls, credentials }: EtcdStoreOptions) {
    this.address = address;
    this.#clock = clock;
    this.#tls = tls;
    this.#credentials = credentials;
    this.#client = this.#connect();
  }

  /** Makes a call that takes `ms` milliseconds at most. A token that has expired is replaced, once. */
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

  /** Opens a stream, which has no time limit of its own; getting a token for it takes `ms` milliseconds at most. */
  async open<S>(rpc: Rpc<S>, ms: number): Promise<StreamOnConnection<S>> {
    const token = await this.#currentToken({ deadline: this.#clock.wall() + ms });
    const [client, abandoned] = [this.#client, this.#abandoned.signal];
    const stream = await rpc(client.services(token), {});
    return { stream, abandon: () => this.#abandon(client), abandoned };
  }

  /** The next call asks for a new token. */
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

  /** True when there has been no connection for longer than gRPC ever waits before it tries again: at times it forgets to. */
  #isStuck(): boolean {
    const now = this.#clock.monotonic();
    this.#unconnectedSince ??= now;
    return now - this.#unconnectedSince > STUCK_AFTER_MS;
  }

  /**
   * Leaves a connection that does not answer to those who still hope for it, and makes a new one. gRPC
   * would wait on it until its keepalive gives up, and for ever if it never got as far as HTTP/2's greeting.
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
    // gRPC shares a connection between all clients whose options are the same; a number makes this one new.
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
      // Credentials for an etcd that asks for none: as etcd's own client does, go on without.
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
