import { rootCertificates } from "node:tls";
import type { Clock } from "@flotilla/runtime";
import { type CallOptions, InterceptingCall, type Interceptor, ListenerBuilder, status as Code } from "@grpc/grpc-js";
import { noop } from "cockatiel";
import { Etcd3, type IOptions } from "etcd3";
import { isStaleToken, isTimeout, wasNeverSent } from "./etcd-error.ts";
import { sealedStatus } from "./grpc-status.ts";
import type { EtcdCredentials, EtcdStoreOptions, EtcdTls } from "./etcd-options.ts";

/** A stream, and the connection that it is on. */
export interface StreamOnConnection<S> {
  readonly stream: S;
  /** The connection is dead although it looks open: the next call or stream shall have a new one. */
  readonly abandon: () => void;
  /** Aborts when the connection has been taken for dead, by whomever. */
  readonly abandoned: AbortSignal;
}

export type Rpc<T> = (client: Etcd3, options: CallOptions) => Promise<T>;

/** When a call is over, milliseconds since the epoch: gRPC's own measure, of which it takes the distance at once. */
type Limit = Required<Pick<CallOptions, "deadline">>;

const MAX_RECONNECT_PAUSE_MS = 2_000;
/** gRPC's pauses vary by a fifth. */
const STUCK_AFTER_MS = MAX_RECONNECT_PAUSE_MS * 1.5;

const grpcOptions: NonNullable<IOptions["grpcOptions"]> = {
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

/**
 * One member of the etcd cluster, through etcd3's raw clients. etcd3's own retries, circuit breaker
 * and authentication are switched off: the breaker locks out calls that would succeed, and the tokens
 * are not renewed for streams.
 */
export class EtcdEndpoint {
  readonly address: string;
  readonly #clock: Clock;
  readonly #tls: EtcdTls | undefined;
  readonly #credentials: EtcdCredentials | undefined;
  #connections = 0;
  /** When a call first found no connection, monotonic milliseconds; undefined while there is one. */
  #unconnectedSince: number | undefined;
  #client: Etcd3;
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
    const stream = await rpc(client, { interceptors: [metadataOf(token)] });
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
      const answer = await rpc(client, { ...limit, interceptors: [metadataOf(token)] });
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
  #abandon(client: Etcd3): void {
    if (client !== this.#client) return;
    this.#unconnectedSince = undefined;
    this.#client = this.#connect();
    client.close();
    const abandoned = this.#abandoned;
    this.#abandoned = new AbortController();
    abandoned.abort();
  }

  #connect(): Etcd3 {
    this.#connections += 1;
    return new Etcd3({
      hosts: this.address,
      // gRPC shares a connection between all clients whose options are the same; a number makes this one new.
      grpcOptions: { ...grpcOptions, "grpc.primary_user_agent": `flotilla-connection/${this.#connections}` },
      faultHandling: { global: noop, host: () => noop },
      ...(this.address.startsWith("https://") ? { credentials: tlsCredentials(this.#tls) } : {}),
    });
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
      return (await this.#client.auth.authenticate({ name, password }, limit)).token;
    } catch (error) {
      // Credentials for an etcd that asks for none: as etcd's own client does, go on without.
      if (error instanceof Error && error.message.includes("authentication is not enabled")) return "";
      throw error;
    }
  }
}

/**
 * `hasleader` is etcd's own: a member that has lost its leader then ends our streams and calls instead
 * of keeping them waiting, so that another member is tried (clientv3.WithRequireLeader).
 */
function metadataOf(token: string): Interceptor {
  return (options, nextCall) =>
    new InterceptingCall(nextCall(options), {
      start: (metadata, _listener, next) => {
        const own = metadata.clone();
        own.set("hasleader", "true");
        if (token !== "") own.set("token", token);
        next(own, sealing);
      },
    });
}

/** Keeps etcd3 from acting on errors; `grpcStatus` opens the seal. */
const sealing = new ListenerBuilder()
  .withOnReceiveStatus((status, next) =>
    next(status.code === Code.OK ? status : { ...status, ...sealedStatus(status) }),
  )
  .build();

function tlsCredentials({ ca, cert, key }: EtcdTls = {}): NonNullable<IOptions["credentials"]> {
  return {
    rootCertificate: ca ?? Buffer.from(rootCertificates.join("\n")),
    ...(key === undefined ? {} : { privateKey: key }),
    ...(cert === undefined ? {} : { certChain: cert }),
  };
}
