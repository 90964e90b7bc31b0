import { type Clock, messageOf, rethrowProgrammingError, untilAborted, withTimeLimit } from "@flotilla/runtime";
import type { Link, LinkAnswer, LinkRequestOptions } from "../port/link.ts";
import { LinkUnavailableError } from "../port/link-error.ts";
import type { LinkHooks, Passage } from "./hooks.ts";
import { MemoryCall } from "./memory-call.ts";
import type { MemoryLinkServer } from "./memory-link-server.ts";
import type { MemorySession } from "./memory-session.ts";

export interface MemoryLinkOptions {
  readonly machineID: string;
  /** Asked in turn, beginning with the first. */
  readonly servers: readonly MemoryLinkServer[];
  readonly clock: Clock;
  readonly hooks?: LinkHooks;
}

interface Connected {
  readonly server: MemoryLinkServer;
  readonly session: MemorySession;
}

/** Opens a link to servers in this process. Unlike a link over the network, it fails at once when no server is up. */
export function openMemoryLink(options: MemoryLinkOptions): Link & { readonly session: MemorySession | undefined } {
  return new MemoryLink(options);
}

class MemoryLink implements Link {
  readonly #options: MemoryLinkOptions;
  #next = 0;
  #connected: Connected | undefined;
  #closed: LinkUnavailableError | undefined;

  constructor(options: MemoryLinkOptions) {
    this.#options = options;
  }

  /** The session that is open now. Tests and simulations end it to break the connection. */
  get session(): MemorySession | undefined {
    return this.#connected?.session.ended.aborted ? undefined : this.#connected?.session;
  }

  request(path: string, body: string, { signal, limitMs }: LinkRequestOptions): Promise<LinkAnswer> {
    const timeout = (): Error => new LinkUnavailableError(`no answer to ${path} within ${limitMs} ms`);
    return withTimeLimit({ clock: this.#options.clock, ms: limitMs, timeout }, [signal], async (limited) => {
      const { session, call } = await this.#send(path, body, limited);
      const cancel = (): void => call.cancel();
      limited.addEventListener("abort", cancel, { once: true });
      const answer = await call.head;
      await this.#pass(session, limited, { kind: "answer", path, text: answer.body });
      return answer;
    });
  }

  async *lines(path: string, body: string, signal: AbortSignal): AsyncGenerator<string, void> {
    const { session, call } = await this.#send(path, body, signal);
    const next = (): Promise<string | undefined> => untilAborted([signal], () => call.lines.take());
    try {
      const refusal = MemoryCall.refusalOf(await untilAborted([signal], () => call.head));
      if (refusal) throw refusal;
      for (let line = await next(); line !== undefined; line = await next()) {
        await this.#pass(session, signal, { kind: "line", path, text: line });
        yield line;
      }
    } finally {
      call.cancel();
    }
  }

  close(): void {
    this.#closed ??= new LinkUnavailableError("the link is closed");
    this.session?.end("the link is closed");
  }

  async #send(path: string, body: string, signal: AbortSignal): Promise<{ session: MemorySession; call: MemoryCall }> {
    signal.throwIfAborted();
    const { server, session } = this.#connect();
    await this.#pass(session, signal, { kind: "request", path, text: body });
    return { session, call: server.call(session, path, body) };
  }

  /** Runs a hook. Whatever it throws breaks the session. */
  async #pass(session: MemorySession, signal: AbortSignal, passage: Passage): Promise<void> {
    const { hooks = {} } = this.#options;
    const isRequest = passage.kind === "request";
    try {
      await untilAborted([signal, session.ended], async () =>
        isRequest ? hooks.before?.(passage, signal) : hooks.after?.(passage, signal),
      );
    } catch (error) {
      signal.throwIfAborted();
      rethrowProgrammingError(error);
      session.end(messageOf(error));
      throw session.ended.reason;
    }
  }

  #connect(): Connected {
    if (this.#closed) throw this.#closed;
    if (this.#connected && this.session) return this.#connected;
    const { servers, machineID } = this.#options;
    let failure: unknown = new LinkUnavailableError("no server is known");
    for (let tried = 0; tried < servers.length; tried += 1) {
      const server = servers[this.#next % servers.length] as MemoryLinkServer;
      try {
        return (this.#connected = { server, session: server.connect(machineID) });
      } catch (error) {
        rethrowProgrammingError(error);
        failure = error;
        this.#next += 1;
      }
    }
    throw failure;
  }
}
