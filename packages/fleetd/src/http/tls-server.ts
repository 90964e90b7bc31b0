import type { RequestListener } from "node:http";
import type { Server } from "node:https";
import type { Socket } from "node:net";
import type { SecureContextOptions, TLSSocket } from "node:tls";
import { createHttpsServer, limits } from "@flotilla/api/http";
import { isIssuedByOneOf } from "@flotilla/membership";
import type { ApiTls } from "./api-tls.ts";

/** The first byte of a TLS connection: a handshake record (RFC 8446, section 5.1). */
const HANDSHAKE = 0x16;

const MESSAGE =
  "this port speaks TLS; use https:// with a token, or set insecure_api=true in fleet.conf of the server for plain HTTP";

/** Plain HTTP gets an answer that any HTTP client shows. */
const PLAIN_HTTP_ANSWER = plainAnswer(JSON.stringify({ error: { code: 400, id: "bad-request", message: MESSAGE } }));

/**
 * Creates a server of the API with TLS, which asks for a client certificate but does not need one. Connections wait for
 * the first certificate. Plain HTTP is answered with 400, and what is neither is closed.
 */
export function createTlsServer(tls: ApiTls, handler: RequestListener): Server {
  const server = createHttpsServer({ requestCert: true, rejectUnauthorized: false }, handler);
  const withCertificate = new Set<TLSSocket>();
  server.on("secureConnection", (socket) => {
    if (!socket.authorized) return;
    withCertificate.add(socket);
    socket.once("close", () => withCertificate.delete(socket));
  });
  tls.onChange((options, dropped) => {
    server.setSecureContext(options);
    if (dropped) cutOthers(withCertificate, options);
  });
  const handshakes = server.listeners("connection") as ((socket: Socket) => void)[];
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    const drop = (): void => void socket.destroy();
    socket.setTimeout(limits.headMs, drop);
    socket.on("error", drop);
    socket.once("data", (first: Buffer) => {
      socket.pause();
      if (first[0] !== HANDSHAKE) return refuse(socket, first);
      void tls.ready.then(() => {
        if (socket.destroyed) return;
        socket.setTimeout(0);
        socket.off("timeout", drop);
        socket.off("error", drop);
        socket.unshift(first);
        for (const handshake of handshakes) handshake.call(server, socket);
      });
    });
  });
  return server;
}

/** Ends the connections whose client certificates are of none of the authorities: one of them has been dropped. */
function cutOthers(sockets: ReadonlySet<TLSSocket>, { ca = [] }: SecureContextOptions): void {
  const bundle = [ca].flat().map(String).join("\n");
  for (const socket of sockets) {
    const certificate = socket.getPeerX509Certificate();
    if (!certificate || !isIssuedByOneOf(certificate, bundle)) socket.destroy();
  }
}

/** Answers a request in plain HTTP, which begins with its method in capital letters. */
function refuse(socket: Socket, first: Buffer): void {
  if (/^[A-Z]{3,} /.test(first.toString("latin1", 0, 16))) socket.end(PLAIN_HTTP_ANSWER, () => socket.destroy());
  else socket.destroy();
}

function plainAnswer(body: string): string {
  return (
    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/json\r\n" +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}
