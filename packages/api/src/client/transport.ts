import http from "node:http";
import https from "node:https";
import { LONGEST_TIMER_MS } from "@flotilla/runtime";
import { EndpointError, type EndpointFailure, noEndpointAnswered } from "./client-error.ts";
import { type ClientEndpoint, parseEndpoint } from "./endpoint.ts";
import { checkServer, pinnedAuthority } from "./pinned-authority.ts";
import { reasonOf } from "./failure-reason.ts";

/** A token with the hash of the authority that it pins. */
export interface ClientToken {
  readonly text: string;
  readonly pin: string;
}

export interface TransportOptions {
  /** The endpoints in the order of attempts, beginning with the endpoint that answered last. */
  readonly endpoints: readonly string[];
  /** TLS files for https endpoints, in PEM. */
  readonly tls?: { readonly ca?: string | Buffer; readonly cert?: string | Buffer; readonly key?: string | Buffer };
  /** A token, sent over https and unix sockets. Without `tls.ca`, its pin verifies the servers. */
  readonly token?: ClientToken | undefined;
  /** How long an endpoint may take to begin its answer, milliseconds. */
  readonly requestTimeoutMs: number;
}

export interface HttpRequest {
  readonly method: string;
  /** The path with the query, percent-encoded. */
  readonly path: string;
  readonly body?: string;
  /** The answer may last long, so the request gets a connection outside the shared pool. */
  readonly streams?: boolean;
  /** The request must not be repeated: after one daemon was reached, no other daemon is asked. Default false. */
  readonly once?: boolean;
  /** Time for this request in addition to `requestTimeoutMs`, milliseconds. Default 0. */
  readonly extraTimeMs?: number;
}

/** Before the first request of a route with a token whose pin verifies the server. */
interface Unpinned {
  readonly pin: string;
  readonly tls: TransportOptions["tls"];
}

interface Route {
  readonly endpoint: ClientEndpoint;
  readonly pooled: http.Agent;
  readonly unpooled: http.Agent;
  readonly token?: ClientToken | undefined;
  readonly unpinned?: Unpinned | undefined;
}

const SOCKETS = 16;

const POOL = { keepAlive: true, maxSockets: SOCKETS };

/** The idle time of a stream before TCP keep-alive probes begin, milliseconds. */
const PROBE_AFTER_MS = 10_000;

/** Sends requests to the first daemon that can be reached, over pooled connections. */
export class Transport {
  readonly #routes: Route[];
  readonly #requestTimeoutMs: number;
  #current = 0;

  /** @throws EndpointError if an endpoint is malformed. */
  constructor(options: TransportOptions) {
    this.#requestTimeoutMs = options.requestTimeoutMs;
    this.#routes = options.endpoints.map((text) => routeTo(parseEndpoint(text), options));
  }

  /**
   * Resolves with the head of the first answer, whatever its status.
   *
   * If an endpoint cannot be reached or does not answer in time, the next endpoint is tried. A request marked `once` is
   * not repeated after it has reached a daemon.
   * @throws EndpointError if no endpoint answers; the signal's reason.
   */
  async request(request: HttpRequest, signal?: AbortSignal): Promise<http.IncomingMessage> {
    const failures: EndpointFailure[] = [];
    for (let tried = 0; tried < this.#routes.length; tried++) {
      const index = (this.#current + tried) % this.#routes.length;
      const route = this.#routes[index];
      if (!route) break;
      try {
        const answer = await this.#ask(await this.#verified(index, route, signal), request, signal);
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

  /** Fetches the authority that the token pins, once for each endpoint. */
  async #verified(index: number, route: Route, signal?: AbortSignal): Promise<Route> {
    const { endpoint, unpinned, token } = route;
    if (!unpinned || endpoint.kind !== "https") return route;
    const ca = await pinnedAuthority(endpoint, unpinned.pin, this.#requestTimeoutMs, signal);
    const verified = httpsRoute(endpoint, { ...unpinned.tls, ca, checkServerIdentity: checkServer }, token);
    this.#routes[index] = verified;
    return verified;
  }

  async #ask(route: Route, request: HttpRequest, signal?: AbortSignal): Promise<http.IncomingMessage> {
    const first = await send(route, request, this.#requestTimeoutMs, signal);
    // The daemon may have closed a pooled connection just as the request was sent. This is no failure of the daemon, so
    // the request is sent once more.
    const last = first.staleSocket ? await send(route, request, this.#requestTimeoutMs, signal) : first;
    if (!last.answer) throw last.reached ? new ReachedError(reasonOf(last.error), { cause: last.error }) : last.error;
    return last.answer;
  }
}

/** A request marked `once` reached a daemon, which may have carried it out. */
class ReachedError extends Error {}

type Sent =
  | { readonly answer: http.IncomingMessage; readonly staleSocket: false }
  | {
      readonly answer?: undefined;
      readonly error: Error;
      readonly staleSocket: boolean;
      /** True for a request marked `once` that was sent over an open connection: the daemon may have carried it out. */
      readonly reached: boolean;
    };

/** @throws EndpointError if a token would be sent in clear. */
function routeTo(endpoint: ClientEndpoint, { tls = {}, token }: TransportOptions): Route {
  if (endpoint.kind === "http" && token !== undefined)
    throw new EndpointError(
      "bad-endpoint",
      `cannot send a token to ${endpoint.label}, which is not encrypted; use https://`,
    );
  if (endpoint.kind !== "https") return { endpoint, pooled: new http.Agent(POOL), unpooled: new http.Agent(), token };
  return { ...httpsRoute(endpoint, tls, token), ...(token && !tls.ca && { unpinned: { pin: token.pin, tls } }) };
}

function httpsRoute(endpoint: ClientEndpoint, tls: https.AgentOptions, token: ClientToken | undefined): Route {
  return { endpoint, pooled: new https.Agent({ ...POOL, ...tls }), unpooled: new https.Agent(tls), token };
}

/** Sends a request. Its time limit excludes the wait for a connection of the pool. */
function send(
  { endpoint, pooled, unpooled, token }: Route,
  request: HttpRequest,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Sent> {
  const { method, path, body, streams = false, once = false, extraTimeMs = 0 } = request;
  const where =
    endpoint.kind === "unix" ? { socketPath: endpoint.socketPath } : { host: endpoint.host, port: endpoint.port };
  const headers = {
    ...(body !== undefined && { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
    ...(token !== undefined && { authorization: `Bearer ${token.text}` }),
  };
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
    const finish = (outcome: Sent): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      resolve(outcome);
    };
    signal?.addEventListener("abort", onAbort);
    sent.on("socket", (socket) => {
      limit(timeoutMs);
      // Without probes, a silent stream never notices that its peer lost power.
      if (streams || once) socket.setKeepAlive(true, PROBE_AFTER_MS);
      if (!once) return;
      socket.once("connect", () => {
        reached = true;
        limit(timeoutMs + extraTimeMs);
      });
    });
    sent.on("response", (answer) => finish({ answer, staleSocket: false }));
    sent.on("error", (error: NodeJS.ErrnoException) => {
      const staleSocket = sent.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
      finish({ error, staleSocket, reached });
    });
    sent.end(body);
    if (signal?.aborted) onAbort();
  });
}

function isForbidden(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "EACCES";
}
