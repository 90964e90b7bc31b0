import http, { type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { errorStatus } from "../contract/error-ids.ts";
import { limits as apiLimits } from "../contract/limits.ts";
import { sendBareError } from "./answer.ts";
import { errorAnswerOf, RequestError } from "./request-error.ts";

/** The limits of a server; times in milliseconds. */
export interface ServerLimits {
  /** How long the head of a request may take. */
  readonly headMs: number;
  /** How long a request with its body may take; the answer may take any time. */
  readonly requestMs: number;
  /** How often the server checks both times. */
  readonly checkMs: number;
  readonly connections: number;
}

const DEFAULT_LIMITS: ServerLimits = { ...apiLimits, checkMs: 5_000 };

/** How long a connection may be idle between two requests, milliseconds. */
const IDLE_MS = 75_000;

/**
 * The idle time before TCP keep-alive probes, milliseconds. Ten probes follow, one a second (libuv, uv_tcp_keepalive).
 * A quiet stream to a host that lost power thus ends after 20 s.
 */
const PROBE_AFTER_MS = 10_000;

/** Connections above the limit that get an answer 503; further connections are closed without an answer. */
const TURNED_AWAY = 500;

/** Creates a server with the limits of all listeners. A client that has closed its side still gets its answer. */
export function createHttpServer(handler: RequestListener, limits = DEFAULT_LIMITS): http.Server {
  const server = http.createServer(optionsFor(limits));
  // A client may close its side after the request (`printf … | nc -N`). Node's types lack this option.
  Object.assign(server, { httpAllowHalfOpen: true });
  return guarded(server, "connection", handler, limits);
}

/** Creates such a server with TLS, for clients that keep their side open. */
export function createHttpsServer(
  tls: https.ServerOptions,
  handler: RequestListener,
  limits = DEFAULT_LIMITS,
): https.Server {
  const server = https.createServer({ ...tls, ...optionsFor(limits), handshakeTimeout: limits.headMs });
  // Before the end of the handshake there is no way to answer: an answer would wait for that end, and keep the connection.
  server.prependListener("tlsClientError", (_error, socket) => socket.destroy());
  return guarded(server, "secureConnection", handler, limits);
}

function optionsFor(limits: ServerLimits) {
  return {
    headersTimeout: limits.headMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkMs,
    keepAliveTimeout: IDLE_MS,
    maxHeaderSize: apiLimits.headBytes,
    keepAlive: true,
    keepAliveInitialDelay: PROBE_AFTER_MS,
  };
}

function guarded<S extends http.Server>(
  server: S,
  connected: "connection" | "secureConnection",
  handler: RequestListener,
  limits: ServerLimits,
): S {
  const open = new Set<Duplex>();
  const answers = new OpenAnswers();
  server.maxConnections = limits.connections + TURNED_AWAY;
  server.on(connected, (socket: Socket) => {
    if (open.size >= limits.connections) return;
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  server.on("request", (request, response) => {
    answers.add(request.socket, response);
    if (open.has(request.socket)) handler(request, response);
    else sendBareError(response, tooManyConnections(limits));
  });
  server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
    sendBareError(response, expectationOf(request));
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (answers.haveBegun(socket) || !socket.writable || error.code === "ECONNRESET") socket.destroy();
    else answerAndClose(socket, refusalOf(error, limits));
  });
  server.on("connect", (_request: IncomingMessage, socket: Duplex) => {
    answerAndClose(
      socket,
      new RequestError("method-not-allowed", "cannot use CONNECT: a daemon is not a proxy; use a method of the path"),
    );
  });
  return server;
}

/** The open answers of each connection, because a client may send several requests at once. */
class OpenAnswers {
  readonly #bySocket = new WeakMap<Duplex, readonly ServerResponse[]>();

  add(socket: Duplex, response: ServerResponse): void {
    this.#bySocket.set(socket, [...this.#on(socket), response]);
  }

  /** Whether an answer has been sent in part, so that nothing else may be written to the socket. */
  haveBegun(socket: Duplex): boolean {
    return this.#on(socket).some(({ headersSent }) => headersSent);
  }

  #on(socket: Duplex): readonly ServerResponse[] {
    return (this.#bySocket.get(socket) ?? []).filter(({ writableFinished, closed }) => !writableFinished && !closed);
  }
}

/** Returns the error for a request that Node could not parse, or that exceeded its time limit. */
function refusalOf(error: NodeJS.ErrnoException, limits: ServerLimits): RequestError {
  const { code, message } = error;
  switch (code) {
    case "HPE_INVALID_METHOD":
      return new RequestError(
        "method-unknown",
        "cannot parse the request: its method is not an HTTP method; use a method of the path",
      );
    case "HPE_HEADER_OVERFLOW":
      return new RequestError(
        "head-too-large",
        `the request's head with its URL exceeds ${apiLimits.headBytes} bytes; send a shorter head`,
      );
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new RequestError(
        "request-timeout",
        `the request exceeded its time limit: ${limits.headMs / 1000} s for the head, ${limits.requestMs / 1000} s in total; send it without pauses`,
      );
    default: {
      const reason = "reason" in error && typeof error.reason === "string" ? error.reason : message;
      return new RequestError("bad-request", `cannot parse the HTTP/1.1 request: ${reason}`);
    }
  }
}

function tooManyConnections({ connections: most }: ServerLimits): RequestError {
  return new RequestError(
    "busy",
    `this daemon has ${most} open connections, the maximum; close some, or ask another daemon`,
  );
}

function expectationOf({ headers }: IncomingMessage): RequestError {
  return new RequestError(
    "expectation-failed",
    `cannot meet Expect: ${headers.expect}: only 100-continue is supported; remove the header`,
  );
}

/** Answers on a socket without a response object, and closes the socket. */
function answerAndClose(socket: Duplex, error: RequestError): void {
  const body = JSON.stringify(errorAnswerOf(error));
  const status = errorStatus[error.code];
  socket.on("error", () => {});
  socket.end(
    `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
