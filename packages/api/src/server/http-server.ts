import http, { type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { errorStatus } from "../contract/error-ids.ts";
import { limits } from "../contract/limits.ts";
import { sendBareError } from "./answer.ts";
import { errorAnswerOf, RequestError } from "./request-error.ts";

/** Times are milliseconds. */
export interface ServerBounds {
  /** How long the head of a request may take. */
  readonly headMs: number;
  /** How long a request may take to come, head and body; its answer may take any time. */
  readonly requestMs: number;
  /** How often both are looked at. */
  readonly checkMs: number;
  readonly connections: number;
}

const { headMs, requestMs, connections } = limits;
const BOUNDS: ServerBounds = { headMs, requestMs, checkMs: 5_000, connections };

/** What a connection may be silent between two requests. Milliseconds. */
const IDLE_MS = 75_000;

/**
 * TCP asks after so much silence whether the other side is still there, and then every second, ten times (libuv,
 * uv_tcp_keepalive): the reader of a quiet journal whose host has lost power is gone after 20 s. Milliseconds.
 */
const PROBE_AFTER_MS = 10_000;

/** So many more than are served are taken in, to be told so; what comes beyond them is closed without a word. */
const TURNED_AWAY = 500;

/** A server for the API with the bounds that every door of a daemon has. It answers a client that has closed its side. */
export function createHttpServer(handler: RequestListener, bounds = BOUNDS): http.Server {
  const server = http.createServer(optionsFor(bounds));
  // Who has sent all that he has to say (`printf … | nc -N`) still wants his answer. Node's types lack the switch.
  Object.assign(server, { httpAllowHalfOpen: true });
  return guarded(server, "connection", handler, bounds);
}

/** The same over TLS, for clients that keep their side open. */
export function createHttpsServer(tls: https.ServerOptions, handler: RequestListener, bounds = BOUNDS): https.Server {
  const server = https.createServer({ ...tls, ...optionsFor(bounds), handshakeTimeout: bounds.headMs });
  return guarded(server, "secureConnection", handler, bounds);
}

function optionsFor(bounds: ServerBounds) {
  return {
    headersTimeout: bounds.headMs,
    requestTimeout: bounds.requestMs,
    connectionsCheckingInterval: bounds.checkMs,
    keepAliveTimeout: IDLE_MS,
    maxHeaderSize: limits.headBytes,
    keepAlive: true,
    keepAliveInitialDelay: PROBE_AFTER_MS,
  };
}

function guarded<S extends http.Server>(
  server: S,
  connected: "connection" | "secureConnection",
  handler: RequestListener,
  bounds: ServerBounds,
): S {
  const open = new Set<Duplex>();
  const answers = new AnswersUnderWay();
  server.maxConnections = bounds.connections + TURNED_AWAY;
  server.on(connected, (socket: Socket) => {
    if (open.size >= bounds.connections) return;
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  server.on("request", (request, response) => {
    answers.add(request.socket, response);
    if (open.has(request.socket)) handler(request, response);
    else sendBareError(response, tooManyConnections(bounds));
  });
  server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
    sendBareError(response, expectationOf(request));
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (answers.haveBegun(socket) || !socket.writable || error.code === "ECONNRESET") socket.destroy();
    else lastWords(socket, refusalOf(error, bounds));
  });
  server.on("connect", (_request: IncomingMessage, socket: Duplex) => {
    lastWords(socket, new RequestError("method-not-allowed", "CONNECT cannot be used here: a daemon is no proxy."));
  });
  return server;
}

/** The answers to the requests of each connection, of which a client may send several at once. */
class AnswersUnderWay {
  readonly #bySocket = new WeakMap<Duplex, readonly ServerResponse[]>();

  add(socket: Duplex, response: ServerResponse): void {
    this.#bySocket.set(socket, [...this.#on(socket), response]);
  }

  /** Whether there is one that is half said: nothing else may be written there. */
  haveBegun(socket: Duplex): boolean {
    return this.#on(socket).some(({ headersSent }) => headersSent);
  }

  #on(socket: Duplex): readonly ServerResponse[] {
    return (this.#bySocket.get(socket) ?? []).filter(({ writableFinished, closed }) => !writableFinished && !closed);
  }
}

/** Of a request that Node could not read, or that did not come in time. */
function refusalOf(error: NodeJS.ErrnoException, bounds: ServerBounds): RequestError {
  const { code, message } = error;
  switch (code) {
    case "HPE_INVALID_METHOD":
      return new RequestError("method-unknown", "The request's method is none of HTTP's; use one that the path has.");
    case "HPE_HEADER_OVERFLOW":
      return new RequestError(
        "head-too-large",
        `The request's head, of which its URL is a part, has more than ${limits.headBytes} bytes; send less in it.`,
      );
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new RequestError(
        "request-timeout",
        `The request did not come whole in time: its head may take ${bounds.headMs / 1000} s, all of it ${bounds.requestMs / 1000} s.`,
      );
    default: {
      const reason = "reason" in error && typeof error.reason === "string" ? error.reason : message;
      return new RequestError("bad-request", `This cannot be read as an HTTP/1.1 request: ${reason}.`);
    }
  }
}

function tooManyConnections({ connections: most }: ServerBounds): RequestError {
  return new RequestError(
    "busy",
    `This daemon has ${most} connections open, as many as it may; close some, or ask another daemon.`,
  );
}

function expectationOf({ headers }: IncomingMessage): RequestError {
  return new RequestError("expectation-failed", `Expect: ${headers.expect} cannot be met; only 100-continue can.`);
}

/** Answers where there is no response to answer with, and hangs up. */
function lastWords(socket: Duplex, error: RequestError): void {
  const body = JSON.stringify(errorAnswerOf(error));
  const status = errorStatus[error.code];
  socket.on("error", () => {});
  socket.end(
    `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
