import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Logger } from "@flotilla/runtime";
import type { LinkRoutes, LinkSession } from "../port/link-call.ts";
import { LinkAnswerError, LinkCallEndedError } from "../port/link-error.ts";
import { NOT_HANDLED, SMALL_REQUESTS_PATH } from "../port/small-request.ts";
import { HELLO_PATH } from "../port/wire.ts";
import type { Connection } from "./connection.ts";
import { ControlFrames } from "./control-frames.ts";
import type { LinkLimits } from "./limits.ts";
import { MemoryBudget } from "./memory-budget.ts";
import type { RefusalObserver } from "./refused.ts";
import { serveCall, type ServedCall } from "./serve-call.ts";
import { ServerCall } from "./server-call.ts";
import type { SessionCall } from "./session-call.ts";
import { SmallRequests } from "./small-requests.ts";

const { NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants;

export interface ServerSessionOptions {
  readonly connection: Connection;
  readonly machineID: string;
  readonly remoteAddress: string;
  /** When the client's certificate ends, milliseconds since the epoch. */
  readonly validTo: number | undefined;
  readonly routes: LinkRoutes;
  readonly limits: LinkLimits;
  /** The budget of all sessions. */
  readonly budget: MemoryBudget;
  /** Milliseconds of monotonic time. */
  readonly now: () => number;
  readonly log: Logger;
  readonly onRefused?: RefusalObserver | undefined;
  /** Called once when the session has ended. */
  readonly onEnd: () => void;
}

/** An admitted session: runs the handler of each request, and holds the session to its limits. */
export class ServerSession implements LinkSession {
  readonly machineID: string;
  readonly remoteAddress: string;
  readonly connection: Connection;
  readonly #options: ServerSessionOptions;
  readonly #budget: MemoryBudget;
  readonly #calls = new Set<SessionCall>();
  readonly #smallRequests = new Set<SmallRequests>();
  readonly #ended = new AbortController();
  #lastSmallRequest = 0;
  #isDraining = false;
  #bytesRead = 0;
  #heardAt: number;

  constructor(options: ServerSessionOptions) {
    const { connection, machineID, remoteAddress, limits, budget, now } = options;
    this.#options = options;
    this.machineID = machineID;
    this.remoteAddress = remoteAddress;
    this.connection = connection;
    this.#budget = new MemoryBudget(limits.heldBytes, budget);
    this.#heardAt = now();
    const onExcess = (): void =>
      this.end("the agent sends too many PING or SETTINGS frames", NGHTTP2_ENHANCE_YOUR_CALM);
    const frames = new ControlFrames(limits.controlFrames, now, onExcess);
    connection.session.on("ping", () => frames.count());
    connection.session.on("remoteSettings", () => frames.count());
    connection.session.on("stream", (stream, headers) => this.#onStream(stream, headers));
    connection.session.on("close", () => this.#close("the connection ended"));
  }

  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Whether requests are being answered, besides answers of lines. */
  get isBusy(): boolean {
    return this.#calls.values().some(({ answered }) => answered !== "lines");
  }

  /** Ends the session and its calls at once. The client learns the reason. */
  end(reason: string, code: number = NGHTTP2_NO_ERROR): void {
    const { connection } = this.#options;
    connection.announceEnd({ reason, lastSmallRequest: this.#lastSmallRequest }, code);
    this.#close(reason);
    connection.end();
  }

  /** Takes no further requests and ends the answers of lines. */
  drain(reason: string): void {
    this.#isDraining = true;
    this.#options.connection.announceEnd({ reason, lastSmallRequest: this.#lastSmallRequest });
    for (const call of [...this.#calls]) if (call.answered === "lines") call.cut(reason);
  }

  /** Ends what exceeds its time. */
  check(now: number, wall: number): void {
    const { connection, limits, validTo } = this.#options;
    const { bytesRead } = connection;
    if (bytesRead !== this.#bytesRead) [this.#bytesRead, this.#heardAt] = [bytesRead, now];
    if (now - this.#heardAt > limits.silentMs) this.end(`the agent sent nothing for ${limits.silentMs} ms`);
    else if (validTo !== undefined && wall > validTo) this.end("the agent's certificate has expired");
    else for (const part of [...this.#calls, ...this.#smallRequests]) part.checkTime(now);
  }

  #onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    if (this.ended.aborted || this.#isDraining) {
      stream.on("error", () => {});
      stream.close(NGHTTP2_REFUSED_STREAM);
      return;
    }
    const path = headers[":path"] ?? "";
    if (path === SMALL_REQUESTS_PATH && headers[":method"] === "POST") this.#takeSmallRequests(stream);
    else this.#takeCall(stream, path, headers);
  }

  #takeCall(stream: ServerHttp2Stream, path: string, headers: IncomingHttpHeaders): void {
    const { limits, now } = this.#options;
    const length = Number(headers["content-length"] ?? NaN);
    const call = new ServerCall({ session: this, path, stream, length, limits, budget: this.#budget, now });
    stream.on("close", () => this.#settle(call));
    void this.#run(call, () => this.#serve(call, headers[":method"]));
  }

  #takeSmallRequests(stream: ServerHttp2Stream): void {
    const { limits, now } = this.#options;
    const requests = new SmallRequests({
      ...{ session: this, stream, limits, budget: this.#budget, now },
      refusal: () => {
        if (this.#isDraining) return { status: NOT_HANDLED, body: "" };
        return this.#calls.size < limits.calls ? undefined : this.#tooManyCalls();
      },
      serve: (call, id) => {
        this.#lastSmallRequest = Math.max(this.#lastSmallRequest, id);
        return this.#run(call, () => serveCall(call, this.#options));
      },
    });
    this.#smallRequests.add(requests);
    stream.on("close", () => this.#smallRequests.delete(requests));
  }

  async #run(call: ServedCall & SessionCall, serve: () => Promise<void>): Promise<void> {
    this.#calls.add(call);
    await serve();
    call.served();
    this.#settle(call);
  }

  async #serve(call: ServerCall, method: string | undefined): Promise<void> {
    const { limits } = this.#options;
    const refuse = ({ status, body }: LinkAnswerError): void => call.answer(status, body);
    if (method !== "POST") refuse(LinkAnswerError.because(405, "the link's only method is POST"));
    else if (call.path === HELLO_PATH) call.answer(200, "");
    else if (this.#calls.size <= limits.calls) await serveCall(call, this.#options);
    else refuse(this.#tooManyCalls());
  }

  #tooManyCalls(): LinkAnswerError {
    const { calls } = this.#options.limits;
    return LinkAnswerError.because(503, `this session has ${calls} requests in progress, the maximum`);
  }

  /** A call counts until its handler and its stream have ended. */
  #settle(call: SessionCall): void {
    if (call.isSettled) this.#calls.delete(call);
  }

  #close(reason: string): void {
    if (this.ended.aborted) return;
    this.#ended.abort(new LinkCallEndedError(reason));
    for (const call of [...this.#calls]) call.cut(reason);
    for (const requests of this.#smallRequests) requests.cut();
    this.#options.onEnd();
  }
}
