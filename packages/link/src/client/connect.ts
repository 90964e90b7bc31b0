import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { messageOf, SERVER_NAME } from "@flotilla/runtime";
import { LinkUnavailableError } from "../port/link-error.ts";
import { LINK_CLIENT_LIMITS } from "./client-limits.ts";

export interface LinkAddress {
  readonly host: string;
  readonly port: number;
}

/** PEM texts. */
export interface LinkTls {
  readonly key: string;
  readonly cert: string;
  /** The authority that a server's certificate must come from. */
  readonly ca: string;
}

export interface Connected {
  readonly session: ClientHttp2Session;
  readonly socket: TLSSocket;
}

/** Bytes of an answer that a server may send before they are read. */
const WINDOW_BYTES = 256 * 1024;

/**
 * Connects over TCP and TLS.
 * @throws LinkUnavailableError if the server cannot be reached, is no server of the cluster, or does not speak HTTP/2.
 */
export async function connect(server: LinkAddress, tls: () => LinkTls, signal: AbortSignal): Promise<Connected> {
  let socket: TLSSocket | undefined;
  const abort = (): void => void socket?.destroy();
  signal.addEventListener("abort", abort, { once: true });
  try {
    socket = tlsSocket(server, tls());
    await secured(socket);
    if (socket.alpnProtocol !== "h2") throw new Error("the program there does not speak HTTP/2; is it an agent?");
    return { session: http2Over(socket), socket };
  } catch (error) {
    socket?.destroy();
    const message = isOfAnotherAuthority(error) ? ANOTHER_AUTHORITY : messageOf(error);
    throw new LinkUnavailableError(message, { cause: error });
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

const ANOTHER_AUTHORITY =
  "its certificate is of another authority than that of the cluster that this machine has joined; if the cluster has a " +
  "new authority, run fleetctl machine remove on a server, then on this host systemctl stop fleet.service fleet.socket and " +
  "fleetctl join SERVER --token TOKEN";

/** OpenSSL's codes for a certificate that none of the known authorities has signed (x509_vfy.h). */
const UNKNOWN_ISSUER: readonly unknown[] = [
  ...["CERT_SIGNATURE_FAILURE", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ...["UNABLE_TO_GET_ISSUER_CERT", "SELF_SIGNED_CERT_IN_CHAIN", "DEPTH_ZERO_SELF_SIGNED_CERT"],
];

function isOfAnotherAuthority(error: unknown): boolean {
  return UNKNOWN_ISSUER.includes((error as { readonly code?: unknown }).code);
}

function tlsSocket({ host, port }: LinkAddress, { key, cert, ca }: LinkTls): TLSSocket {
  const wanted = { servername: SERVER_NAME, ALPNProtocols: ["h2"], minVersion: "TLSv1.3" } as const;
  return connectTls({ ...wanted, host, port, key, cert, ca });
}

function secured(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.on("error", reject);
    socket.once("close", () => reject(new Error("the connection was closed during the TLS handshake")));
  });
}

function http2Over(socket: TLSSocket): ClientHttp2Session {
  return connectHttp2(`https://${SERVER_NAME}`, {
    createConnection: () => socket,
    // Beyond 10 MB, the default, Node would reset answers to requests that the server has handled.
    maxSessionMemory: LINK_CLIENT_LIMITS.sessionBytes / 1_000_000,
    settings: { enablePush: false, initialWindowSize: WINDOW_BYTES },
  });
}
