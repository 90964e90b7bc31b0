import { constants as tls } from "node:crypto";
import { performServerHandshake, type ServerOptions } from "node:http2";
import type { Socket } from "node:net";
import type { Server as TlsServer, TLSSocket } from "node:tls";
import { systemClock } from "@flotilla/runtime";
import { HandshakeGate } from "./handshake-gate.ts";
import { LINK_LIMITS, type LinkLimits } from "./limits.ts";
import type { LinkServer } from "./link-server.ts";

/**
 * Options of the TLS server. The server asks for a certificate, and every certificate passes the handshake: who may do
 * what is decided for each session and request. Sessions of TLS are not resumed, because a resumed session is not
 * verified again.
 */
export const LINK_TLS = {
  ALPNProtocols: ["h2", "http/1.1"],
  requestCert: true,
  rejectUnauthorized: false,
  minVersion: "TLSv1.3",
  secureOptions: tls.SSL_OP_NO_TICKET,
} as const;

/**
 * Gives the HTTP/2 connections of a TLS server to the link. The server's own listeners get all others, so that an HTTPS
 * server still answers HTTP/1.1. Call after the server has its listeners for connections.
 */
export function serveLinkOn(server: TlsServer, link: LinkServer, limits: LinkLimits = LINK_LIMITS): void {
  const options = http2Options(limits);
  const beginHandshake = takeListeners(server, "connection");
  const gate = new HandshakeGate({ clock: systemClock, limits, begin: beginHandshake });
  server.on("connection", (socket: Socket) => gate.add(socket));
  const serveOther = takeListeners(server, "secureConnection");
  server.on("secureConnection", (socket: TLSSocket) => {
    gate.ended(socket);
    if (socket.alpnProtocol === "h2") link.accept(performServerHandshake(socket, options));
    else serveOther(socket);
  });
  if (server.maxConnections > 0) server.maxConnections += limits.sessions + limits.refusedSessions;
}

/** Removes the listeners of an event, and returns a function that calls them. */
function takeListeners(server: TlsServer, event: string): (socket: Socket) => void {
  const listeners = server.listeners(event) as ((this: TlsServer, socket: Socket) => void)[];
  server.removeAllListeners(event);
  return (socket) => {
    for (const listener of listeners) listener.call(server, socket);
  };
}

/** The limits that Node and nghttp2 enforce. */
function http2Options(limits: LinkLimits): ServerOptions {
  return {
    settings: {
      enablePush: false,
      maxConcurrentStreams: limits.streams,
      maxHeaderListSize: limits.headBytes,
      initialWindowSize: limits.windowBytes,
    },
    maxHeaderListPairs: limits.headers,
    maxSessionMemory: (2 * limits.heldBytes) / 1_000_000,
    streamResetBurst: limits.resets,
    streamResetRate: limits.resetsPerSecond,
    maxSessionInvalidFrames: limits.invalidFrames,
    maxSessionRejectedStreams: limits.rejectedStreams,
  };
}
