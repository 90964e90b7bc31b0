import { rootCertificates } from "node:tls";
import type { ChannelOptions } from "@grpc/grpc-js";
import type { IOptions } from "etcd3";
import type { EtcdTls } from "./etcd-options.ts";

export const MAX_RECONNECT_PAUSE_MS = 2_000;

export const grpcOptions: ChannelOptions = {
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

export function credentialsFor(address: string, { ca, cert, key }: EtcdTls = {}): Pick<IOptions, "credentials"> {
  if (!address.startsWith("https://")) return {};
  const rootCertificate = ca ?? Buffer.from(rootCertificates.join("\n"));
  return { credentials: { rootCertificate, ...(key && { privateKey: key }), ...(cert && { certChain: cert }) } };
}
