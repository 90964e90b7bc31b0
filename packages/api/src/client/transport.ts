import http from "node:http";
import https from "node:https";
import { LONGEST_TIMER_MS } from "@flotilla/runtime";
import { type EndpointFailure, noEndpointAnswered } from "./client-error.ts";
import { type ClientEndpoint, parseEndpoint } from "./endpoint.ts";
import { reasonOf } from "./failure-reason.ts";

export interface TransportOptions {
  /** Tried in this order, beginning with the one that answered last. */
  readonly endpoints: readonly string[];
  /** PEM; for https endpoints. */
  readonly tls?: { readonly ca?: string | Buffer; readonly cert?: string | Buffer; readonly key?: string | Buffer };
  /** How long one endpoint may take to begin its answer, milliseconds. */
  readonly requestTimeoutMs: number;
}

export interface HttpRequest {
  readonly method: string;
  /** With the query, percent-encoded. */
  readonly path: string;
  readonly body?: string;
  /** The answer goes on for as long as its reader wants: it gets a connection outside the shared pool. */
  readonly streams?: boolean;
  /** Must not be done twice: once a daemon has been reached, no other is asked. Default false. */
  readonly once?: boolean;
  /** What this request may take longer than others, milliseconds. Default 0. */
  readonly extraTimeMs?: number;
}

interface Route {
  readonly endpoint: ClientEndpoint;
  readonly pooled: http.Agent;
  readonly unpooled: http.Agent;
}

const SOCKETS = 16;

/** TCP keep-alive probes on a stream begin after this much silence, milliseconds. */
const PROBE_AFTER_MS = 10_000;

/** Requests to whichever daemon can be reached, over connections that are kept. */
export class Transport {
  readonly #routes: readonly Route[];
  readonly #requestTimeoutMs: number;
  #current = 0;

  /** @throws EndpointError when an endpoint cannot be read. */
  constructor(options: TransportOptions) {
    this.#requestTimeoutMs = options.requestTimeoutMs;
    this.#routes = options.endpoints.map((text) => routeTo(parseEndpoint(text), options.tls));
  }

  /**
   * Resolves with the answer's head as soon as some endpoint gives one, whatever its status.
   *
   * Another endpoint is tried when one cannot be reached or does not answer in time: all but the requests marked
   * `once` may be repeated without harm.
   * @throws EndpointError when none answers; the signal's reason.
   */
  async request(request: HttpRequest, signal?: AbortSignal): Promise<http.IncomingMessage> {
    const failures: EndpointFailure[] = [];
    for (let tried = 0; tried < this.#routes.length; tried++) {
      const index = (this.#current + tried) % this.#routes.length;
      const route = this.#routes[index];
      if (!route) break;
      try {
        const answer = await this.#ask(route, request, signal);
        this.#current = index;
        return answer;
      } catch (error) {
        signal?.throwIfAborted();
        failures.push({ endpoint: route.endpoint.label, reason: reasonOf(error), isForbidden: isForbidden(error) });
        if (error instanceof ReachedError) break;
      }
    }
    throw noEndpointAnswered(failures);
  }

  close(): void {
    for (const { pooled, unpooled } of this.#routes) {
      pooled.destroy();
      unpooled.destroy();
    }
  }

  async #ask(route: Route, request: HttpRequest, signal?: AbortSignal): Promise<http.IncomingMessage> {
    const first = await send(route, request, this.#requestTimeoutMs, signal);
    // A kept connection may have been closed by the daemon just as the request went out on it: that says
    // nothing of the daemon, so it is asked once more.
    const last = first.staleSocket ? await send(route, request, this.#requestTimeoutMs, signal) : first;
    if (!last.answer) throw last.reached ? new ReachedError(reasonOf(last.error), { cause: last.error }) : last.error;
    return last.answer;
  }
}

/** A request that must not be done twice may have been done. */
class ReachedError extends Error {}

type Sent =
  | { readonly answer: http.IncomingMessage; readonly staleSocket: false }
  | {
      readonly answer?: undefined;
      readonly error: Error;
      readonly staleSocket: boolean;
      /** A request that is to be done once had a connection, so it may have been done. */
      readonly reached: boolean;
    };

function routeTo(endpoint: ClientEndpoint, tls: TransportOptions["tls"] = {}): Route {
  const pool = { keepAlive: true, maxSockets: SOCKETS };
  if (endpoint.kind === "https")
    return { endpoint, pooled: new https.Agent({ ...pool, ...tls }), unpooled: new https.Agent(tls) };
  return { endpoint, pooled: new http.Agent(pool), unpooled: new http.Agent() };
}

/** The time limit counts from when the request has a connection of the pool, for the queue there is ours. */
function send(
  { endpoint, pooled, unpooled }: Route,
  request: HttpRequest,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Sent> {
  const { method, path, body, streams = false, once = false, extraTimeMs = 0 } = request;
  const where =
    endpoint.kind === "unix" ? { socketPath: endpoint.socketPath } : { host: endpoint.host, port: endpoint.port };
  const headers =
    body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve) => {
    const options = { ...where, method, path, headers, agent: streams || once ? unpooled : pooled };
    const sent = (endpoint.kind === "https" ? https : http).request(options);
    const onAbort = (): void => void sent.destroy(signal?.reason as Error);
    let timer: NodeJS.Timeout | undefined;
    let reached = false;
    const limit = (ms: number): void => {
      clearTimeout(timer);
      const noAnswer = (): unknown => sent.destroy(new Error(`no answer within ${ms / 1000} s`));
      timer = setTimeout(noAnswer, Math.min(ms, LONGEST_TIMER_MS));
    };
    const settle = (outcome: Sent): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      resolve(outcome);
    };
    signal?.addEventListener("abort", onAbort);
    sent.on("socket", (socket) => {
      limit(timeoutMs);
      // Of a peer whose power was cut a silent stream would never hear.
      if (streams || once) socket.setKeepAlive(true, PROBE_AFTER_MS);
      if (!once) return;
      socket.once("connect", () => {
        reached = true;
        limit(timeoutMs + extraTimeMs);
      });
    });
    sent.on("response", (answer) => settle({ answer, staleSocket: false }));
    sent.on("error", (error: NodeJS.ErrnoException) => {
      const staleSocket = sent.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
      settle({ error, staleSocket, reached });
    });
    sent.end(body);
    if (signal?.aborted) onAbort();
  });
}

function isForbidden(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "EACCES";
}
