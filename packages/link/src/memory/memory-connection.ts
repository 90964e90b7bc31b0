import { messageOf, rethrowProgrammingError, untilAborted } from "@flotilla/runtime";
import type { LinkAnswer } from "../port/link.ts";
import type { LinkHooks, Passage } from "./hooks.ts";
import { MemoryCall } from "./memory-call.ts";
import type { MemoryLinkServer } from "./memory-link-server.ts";
import type { MemorySession } from "./memory-session.ts";

export interface MemoryConnectionOptions {
  readonly server: MemoryLinkServer;
  /** A session that the server has opened. */
  readonly session: MemorySession;
  readonly hooks?: LinkHooks;
}

/** A client's side of one session with a server in this process. It ends with the session. */
export class MemoryConnection {
  readonly #options: MemoryConnectionOptions;
  #arrived = 0;

  constructor(options: MemoryConnectionOptions) {
    this.#options = options;
  }

  get session(): MemorySession {
    return this.#options.session;
  }

  /** The name of the server. */
  get server(): string {
    return this.#options.server.name;
  }

  /** Counts what has arrived from the server. */
  get arrived(): number {
    return this.#arrived;
  }

  /** @throws LinkUnavailableError if the session ends before the answer; the signal's reason. */
  async request(path: string, body: string, signal: AbortSignal): Promise<LinkAnswer> {
    const call = await this.#send(path, body, signal);
    signal.addEventListener("abort", () => call.cancel(), { once: true });
    const answer = await call.head;
    await this.#pass(signal, { kind: "answer", path, text: answer.body });
    return answer;
  }

  /** @throws LinkUnavailableError if the session ends; LinkAnswerError for a refusal; the signal's reason. */
  async *lines(path: string, body: string, signal: AbortSignal): AsyncGenerator<string, void> {
    const call = await this.#send(path, body, signal);
    const next = (): Promise<string | undefined> => untilAborted([signal], () => call.lines.take());
    try {
      const refusal = MemoryCall.refusalOf(await untilAborted([signal], () => call.head));
      if (refusal) throw refusal;
      for (let line = await next(); line !== undefined; line = await next()) {
        await this.#pass(signal, { kind: "line", path, text: line });
        yield line;
      }
    } finally {
      call.cancel();
    }
  }

  /** Sends a PING. Resolves when its answer arrives. @throws LinkUnavailableError if the session ends. */
  async ping(): Promise<void> {
    const { ended } = this.session;
    await this.#pass(ended, { kind: "ping", path: "", text: "" });
    await this.#pass(ended, { kind: "pong", path: "", text: "" });
  }

  async #send(path: string, body: string, signal: AbortSignal): Promise<MemoryCall> {
    const { server, session } = this.#options;
    await this.#pass(signal, { kind: "request", path, text: body });
    return server.call(session, path, body);
  }

  /** Runs a hook. Whatever it throws breaks the session. */
  async #pass(signal: AbortSignal, passage: Passage): Promise<void> {
    const { hooks = {}, session } = this.#options;
    const isSent = passage.kind === "request" || passage.kind === "ping";
    try {
      await untilAborted([signal, session.ended], async () =>
        isSent ? hooks.before?.(passage, signal) : hooks.after?.(passage, signal),
      );
      if (!isSent) this.#arrived += 1;
    } catch (error) {
      signal.throwIfAborted();
      rethrowProgrammingError(error);
      session.end(messageOf(error));
      throw session.ended.reason;
    }
  }
}
