import { type CallOptions, type Client, Metadata, type requestCallback } from "@grpc/grpc-js";
import {
  AuthClient,
  Etcd3,
  type ICallable,
  type IOptions,
  KVClient,
  LeaseClient,
  type Services,
  WatchClient,
} from "etcd3";

/** etcd's services. Every call carries the same token. */
export interface EtcdServices {
  readonly kv: KVClient;
  readonly lease: LeaseClient;
  readonly watch: WatchClient;
  readonly auth: AuthClient;
}

export type EtcdClientOptions = Required<Pick<IOptions, "grpcOptions">> & Pick<IOptions, "credentials">;

type Service = keyof typeof Services;

/** A gRPC client of one service, as etcd3 creates it: one method per call. */
type Methods = Readonly<
  Record<
    string,
    (request: unknown, metadata: Metadata, options: CallOptions, callback: requestCallback<unknown>) => void
  >
>;

/**
 * A connection to one member of etcd: the typed clients of etcd3 on the gRPC clients of etcd3. The calls bypass the
 * retries, circuit breaker and authentication of etcd3: docs/decisions/0044-etcd3-by-its-public-face.md.
 */
export class EtcdClient extends Etcd3 {
  readonly #clients = new Map<Service, Promise<Client>>();
  #latest: { readonly token: string; readonly services: EtcdServices } | undefined;

  constructor(address: string, options: EtcdClientOptions) {
    super({ hosts: address, ...options });
  }

  /** @param token of etcd's authentication; empty if etcd requires none. */
  services(token: string): EtcdServices {
    if (this.#latest?.token !== token) this.#latest = { token, services: this.#servicesWith(metadataOf(token)) };
    return this.#latest.services;
  }

  #servicesWith(metadata: Metadata): EtcdServices {
    const calls: ICallable<void> = {
      exec: async (service, method, request, options = {}) =>
        unary(await this.#client(service), method, request, metadata, options),
      withConnection: async (service, open) =>
        open({ resource: undefined, client: await this.#client(service), metadata }),
      markFailed: () => {},
      callOptionsFactory: undefined,
    };
    return {
      kv: new KVClient(calls),
      lease: new LeaseClient(calls),
      watch: new WatchClient(calls),
      auth: new AuthClient(calls),
    };
  }

  #client(service: Service): Promise<Client> {
    const known = this.#clients.get(service);
    if (known !== undefined) return known;
    const client = this.pool.withConnection(service, (connection) => connection.client);
    this.#clients.set(service, client);
    return client;
  }
}

function unary<T>(
  client: Client,
  method: string,
  request: unknown,
  metadata: Metadata,
  options: CallOptions,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const call = (client as Client & Methods)[method];
  if (!call) throw new TypeError(`etcd3 has no call ${method}`);
  call.call(client, request, metadata, options, (error, answer) => (error ? reject(error) : resolve(answer as T)));
  return promise;
}

/**
 * `hasleader` is a header of etcd: a member without a leader then ends calls and streams instead of keeping them
 * waiting, so that the caller can try another member (clientv3.WithRequireLeader).
 */
function metadataOf(token: string): Metadata {
  const metadata = new Metadata();
  metadata.set("hasleader", "true");
  if (token !== "") metadata.set("token", token);
  return metadata;
}
