import { constants, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { Clock } from "@flotilla/runtime";
import { LinkUnavailableError } from "../port/link-error.ts";
import { SMALL_BODY, SMALL_REQUESTS_PATH } from "../port/small-request.ts";
import { decodeFarewell, HELLO_PATH, NUDGE } from "../port/wire.ts";
import type { LinkClientLimits } from "./client-limits.ts";
import type { Connected } from "./connect.ts";
import { readAnswer } from "./exchange.ts";
import { KeepAlive } from "./keep-alive.ts";
import { LineStream } from "./line-stream.ts";
import type { LinkClientSession } from "./link-session.ts";
import type { Outcome } from "./outcome.ts";
import { SmallRequests } from "./small-requests.ts";

const { NGHTTP2_CANCEL, NGHTTP2_REFUSED_STREAM } = constants;

export interface ClientSessionOptions {
  readonly clock: Clock;
  readonly limits: LinkClientLimits;
  /** Called when the server asks this machine to check its certificate. */
  readonly onNudge?: (() => void) | undefined;
}

/** An open session with one server over HTTP/2. `server` is `HOST:PORT`. */
export class ClientSession implements LinkClientSession {
  readonly server: string;
  readonly #session: ClientHttp2Session;
  readonly #socket: TLSSocket;
  readonly #clock: Clock;
  readonly #limits: LinkClientLimits;
  readonly #keepAlive: KeepAlive;
  readonly #left = Promise.withResolvers<string>();
  readonly #lines = new Set<ClientHttp2Stream>();
  #smallRequests: SmallRequests | undefined;
  #sentSmall = 0;
  #reason: string | undefined;
  #lastStreamID = Infinity;

  constructor(
    server: string,
    { session, socket }: Connected,
    { clock, limits, onNudge = () => {} }: ClientSessionOptions,
  ) {
    this.server = server;
    this.#session = session;
    this.#socket = socket;
    this.#clock = clock;
    this.#limits = limits;
    this.#keepAlive = new KeepAlive({
      ...{ clock, pingMs: limits.pingMs, pongMs: limits.pongMs },
      ping: (onPong) => session.ping((error) => error ?? onPong()),
      bytesRead: () => socket.bytesRead,
      onSilence: (reason) => this.end(reason),
    });
    session.on("goaway", (_code: number, lastStreamID: number, data?: Buffer) => {
      this.#lastStreamID = lastStreamID;
      const farewell = decodeFarewell(data);
      if (farewell) this.#smallRequests?.notHandledAfter(farewell.lastSmallRequest);
      this.leave(farewell?.reason ?? "the server ended the session");
    });
    session.on("altsvc", (value: string) => {
      if (value === NUDGE) onNudge();
    });
    session.on("error", (error: Error) => this.end(error.message));
    session.on("close", () => this.end("the connection was lost"));
  }

  get isOpen(): boolean {
    return this.#reason === undefined && !this.#session.closed && !this.#session.destroyed;
  }

  get left(): Promise<string> {
    return this.#left.promise;
  }

  exchange(path: string, body: string, signal: AbortSignal): Promise<Outcome> {
    if (!this.isOpen) return Promise.resolve("not-handled");
    const isSmall = path !== HELLO_PATH && body.length <= SMALL_BODY;
    if (isSmall) return this.#requests().request(path, body, signal);
    const { answerBytes } = this.#limits;
    return readAnswer({
      stream: this.#send(path, body),
      answerBytes,
      signal,
      failure: (stream) => this.#failure(stream),
    });
  }

  async *lines(path: string, body: string, signal: AbortSignal): AsyncGenerator<string, boolean> {
    if (!this.isOpen) return false;
    const stream = this.#send(path, body);
    this.#lines.add(stream);
    stream.on("close", () => this.#lines.delete(stream));
    const answer = new LineStream(stream, this.#limits.answerBytes, signal);
    try {
      if (yield* answer.lines()) return true;
      const failure = this.#failure(stream);
      if (failure === "not-handled") return false;
      throw failure;
    } finally {
      answer.close();
    }
  }

  leave(reason: string): void {
    if (!this.#stop(reason)) return;
    for (const stream of this.#lines) stream.close(NGHTTP2_CANCEL);
    this.#smallRequests?.leave();
    this.#session.close();
    const cancel = this.#clock.after(this.#limits.leaveMs, () => this.#socket.destroy());
    this.#session.once("close", cancel);
  }

  end(reason: string): void {
    this.#stop(reason);
    this.#session.destroy();
    this.#socket.destroy();
  }

  /** Returns what is known about a stream that ended without its whole answer (RFC 9113, section 8.7). */
  #failure({ id, rstCode }: ClientHttp2Stream): "not-handled" | LinkUnavailableError {
    if (rstCode === NGHTTP2_REFUSED_STREAM || id === undefined || id > this.#lastStreamID) return "not-handled";
    const why = this.#reason ?? `the server ended the request with code ${rstCode} of HTTP/2`;
    return new LinkUnavailableError(`lost the answer of server ${this.server}: ${why}`);
  }

  #stop(reason: string): boolean {
    if (this.#reason !== undefined) return false;
    this.#reason = reason;
    this.#keepAlive.stop();
    this.#left.resolve(reason);
    return true;
  }

  #requests(): SmallRequests {
    if (this.#smallRequests?.isOpen) return this.#smallRequests;
    this.#smallRequests = new SmallRequests({
      stream: this.#session.request({ ":method": "POST", ":path": SMALL_REQUESTS_PATH }, { endStream: false }),
      nextID: () => (this.#sentSmall += 1),
      answerBytes: this.#limits.answerBytes,
      failure: (stream) => this.#failure(stream),
    });
    return this.#smallRequests;
  }

  #send(path: string, body: string): ClientHttp2Stream {
    const headers = { ":method": "POST", ":path": path, "content-length": Buffer.byteLength(body) };
    const stream = this.#session.request(headers, { endStream: body === "" });
    if (body !== "") stream.end(body);
    return stream;
  }
}
