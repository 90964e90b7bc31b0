import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { unavailableMessage } from "@flotilla/api/http";
import type { MachineIdentity } from "@flotilla/membership";
import { describeServer, messageOf, SERVER_NAME, type ServerAddress } from "@flotilla/runtime";

/** How long a server may take to accept a connection, milliseconds. */
const CONNECT_LIMIT_MS = 3_000;

/** Headers that concern one connection only (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

export interface ForwarderOptions {
  readonly servers: readonly ServerAddress[];
  /** Returns the machine's present certificate and key. */
  readonly tls: () => MachineIdentity;
}

/** Passes API requests of this host to a server, over TLS with the machine's certificate. */
export class ApiForwarder {
  readonly #options: ForwarderOptions;
  #agent = new Agent({ keepAlive: true });
  /** The server that answered last. */
  #preferred = 0;

  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  /** Answers the request with a server's answer, or with 503 and the reason. */
  async forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    try {
      const upstream = await this.#connect(request, gone.signal);
      await passOn(request, response, upstream, gone.signal);
    } catch (error) {
      if (gone.signal.aborted) return;
      if (response.headersSent) response.destroy();
      else refuse(response, messageOf(error));
    }
  }

  /** Ends all connections. */
  close(): void {
    this.#agent.destroy();
  }

  /** Opens a request at the first server that accepts the connection. Nothing is sent before. */
  async #connect(request: IncomingMessage, gone: AbortSignal): Promise<ClientRequest> {
    const { servers } = this.#options;
    const failures: string[] = [];
    for (let tried = 0; tried < servers.length; tried++) {
      const index = (this.#preferred + tried) % servers.length;
      const server = servers[index] as ServerAddress;
      try {
        const upstream = await this.#connectTo(server, request, gone);
        this.#preferred = index;
        return upstream;
      } catch (error) {
        gone.throwIfAborted();
        failures.push(`${describeServer(server)}: ${messageOf(error)}`);
      }
    }
    throw new Error(`cannot reach any server of the cluster (${failures.join("; ")})`);
  }

  #connectTo(server: ServerAddress, { method, url, headers }: IncomingMessage, gone: AbortSignal) {
    const upstream = httpsRequest({
      ...this.#options.tls(),
      ...server,
      method,
      path: url,
      headers: { ...endToEnd(headers), ...framingOf(headers), host: describeServer(server) },
      agent: this.#agent,
      servername: SERVER_NAME,
      minVersion: "TLSv1.3",
    });
    return untilConnected(upstream, gone);
  }
}

function untilConnected(upstream: ClientRequest, gone: AbortSignal): Promise<ClientRequest> {
  const { promise, resolve, reject } = Promise.withResolvers<ClientRequest>();
  const abort = (): void => void upstream.destroy(new Error("the client has gone"));
  gone.addEventListener("abort", abort, { once: true });
  upstream.setTimeout(CONNECT_LIMIT_MS, () => {
    upstream.destroy(new Error(`no connection within ${CONNECT_LIMIT_MS / 1000} s`));
  });
  upstream.once("error", reject);
  upstream.once("socket", (socket: Socket) => {
    const connected = (): void => {
      upstream.setTimeout(0);
      resolve(upstream);
    };
    if (upstream.reusedSocket) connected();
    else socket.once("secureConnect", connected);
  });
  return promise.finally(() => gone.removeEventListener("abort", abort));
}

/** Sends the request's body and answers with the server's answer, both as streams. */
async function passOn(
  request: IncomingMessage,
  response: ServerResponse,
  upstream: ClientRequest,
  gone: AbortSignal,
): Promise<void> {
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    upstream.once("response", resolve);
    upstream.once("error", (error) => reject(new Error(`the server closed the connection: ${error.message}`)));
  });
  gone.addEventListener("abort", () => upstream.destroy(), { once: true });
  // A server may refuse a body before its end: the answer counts, not the failed write.
  pipeline(request, upstream).catch(() => {});
  const answer = await answered;
  response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
  // The reader of a quiet stream would wait for the head.
  response.flushHeaders();
  await pipeline(answer, response);
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
}

/**
 * The framing of a body without a length. For methods that usually have no body, Node would otherwise send the body's
 * bytes without framing, and the server would take them for further requests on the connection.
 */
function framingOf(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return headers["transfer-encoding"] === undefined ? {} : { "transfer-encoding": "chunked" };
}

function refuse(response: ServerResponse, reason: string): void {
  const error = { code: 503, id: "unavailable", message: unavailableMessage(reason) };
  response.writeHead(503, { "content-type": "application/json", "retry-after": "1", connection: "close" });
  response.end(JSON.stringify({ error }));
}
