import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Where a request enters, which decides how its caller is known.
 *
 * - `socket`: a unix socket of this server. Its file permissions have admitted the caller.
 * - `open`: a TCP socket with `insecure_api=true`.
 * - `tls`: a TCP socket with TLS. The caller shows a token or a client certificate.
 * - `machine`: the unix socket of an agent, forwarded over its machine's certificate. The caller may show a token.
 * - `metrics`: a TCP socket of `metrics_listen`, which serves GET /metrics only.
 */
export type Entrance =
  | { readonly kind: "socket" | "open" | "tls" | "metrics" }
  | { readonly kind: "machine"; readonly machineID: string };

/** Answers a request at an entrance. */
export type EntranceHandler = (request: IncomingMessage, response: ServerResponse, entrance: Entrance) => void;
