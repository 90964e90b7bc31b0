import {
  type CallOptions,
  type ChannelCredentials,
  type ChannelOptions,
  type Client,
  Metadata,
  type requestCallback,
} from "@grpc/grpc-js";
import { Host } from "etcd3/lib/connection-pool.js";
import { AuthClient, type ICallable, KVClient, LeaseClient, type Services, WatchClient } from "etcd3/lib/rpc.js";

/** etcd's services, as calls with one token reach them. */
export interface EtcdServices {
  readonly kv: KVClient;
  readonly lease: LeaseClient;
  readonly watch: WatchClient;
  readonly auth: AuthClient;
}

type Service = keyof typeof Services;

/** What etcd3 makes of etcd's protocol: a method for each call. */
type Methods = Readonly<
  Record<
    string,
    (request: unknown, metadata: Metadata, options: CallOptions, callback: requestCallback<unknown>) => void
  >
>;

/**
 * One connection to a member: etcd3's typed clients right upon gRPC's. What etcd3 has between them, its pool, its
 * retries, circuit breaker and authentication, is left out: docs/decisions/0009-etcd3-raw-clients.md.
 */
export class EtcdClient {
  readonly #host: Host;
  #latest: { readonly token: string; readonly services: EtcdServices } | undefined;

  constructor(address: string, credentials: ChannelCredentials, options: ChannelOptions) {
    this.#host = new Host(address, credentials, options);
  }

  /** @param token of etcd's own authentication; empty when it asks for none. */
  services(token: string): EtcdServices {
    if (this.#latest?.token !== token) this.#latest = { token, services: servicesOf(this.#host, metadataOf(token)) };
    return this.#latest.services;
  }

  close(): void {
    this.#host.close();
  }
}

function servicesOf(host: Host, metadata: Metadata): EtcdServices {
  const calls: ICallable<Host> = {
    exec: (service, method, request, options = {}) => unary(host, service, method, request, metadata, options),
    withConnection: async (service, open) => open({ resource: host, client: host.getServiceClient(service), metadata }),
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

async function unary<T>(
  host: Host,
  service: Service,
  method: string,
  request: unknown,
  metadata: Metadata,
  options: CallOptions,
): Promise<T> {
  const client = host.getServiceClient(service) as Client & Methods;
  const call = client[method];
  if (!call) throw new TypeError(`etcd's ${service} service has no call ${method}.`);
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const { stackTraceLimit } = Error;
  // gRPC makes an error as each call begins, to have its stack should the call fail.
  Error.stackTraceLimit = 0;
  try {
    call.call(client, request, metadata, options, (error, answer) => (error ? reject(error) : resolve(answer as T)));
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return promise;
}

/**
 * `hasleader` is etcd's own: a member that has lost its leader then ends our streams and calls instead
 * of keeping them waiting, so that another member is tried (clientv3.WithRequireLeader).
 */
function metadataOf(token: string): Metadata {
  const metadata = new Metadata();
  metadata.set("hasleader", "true");
  if (token !== "") metadata.set("token", token);
  return metadata;
}
