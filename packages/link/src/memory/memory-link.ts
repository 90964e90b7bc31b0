import { type Clock, rethrowProgrammingError, withTimeLimit } from "@flotilla/runtime";
import type { Link, LinkAnswer, LinkRequestOptions } from "../port/link.ts";
import { LinkUnavailableError } from "../port/link-error.ts";
import type { LinkHooks } from "./hooks.ts";
import { MemoryConnection } from "./memory-connection.ts";
import type { MemoryLinkServer } from "./memory-link-server.ts";
import type { MemorySession } from "./memory-session.ts";

export interface MemoryLinkOptions {
  readonly machineID: string;
  /** Asked in turn, beginning with the first. */
  readonly servers: readonly MemoryLinkServer[];
  readonly clock: Clock;
  readonly hooks?: LinkHooks;
}

/** Opens a link to servers in this process. Unlike a link over the network, it fails at once when no server is up. */
export function openMemoryLink(options: MemoryLinkOptions): Link & { readonly session: MemorySession | undefined } {
  return new MemoryLink(options);
}

class MemoryLink implements Link {
  readonly #options: MemoryLinkOptions;
  #next = 0;
  #connection: MemoryConnection | undefined;
  #closed: LinkUnavailableError | undefined;

  constructor(options: MemoryLinkOptions) {
    this.#options = options;
  }

  /** The session that is open now. Tests end it to break the connection. */
  get session(): MemorySession | undefined {
    return this.#connection?.session.ended.aborted ? undefined : this.#connection?.session;
  }

  request(path: string, body: string, { signal, limitMs }: LinkRequestOptions): Promise<LinkAnswer> {
    const timeout = (): Error => new LinkUnavailableError(`no answer to ${path} within ${limitMs} ms`);
    return withTimeLimit({ clock: this.#options.clock, ms: limitMs, timeout }, [signal], (limited) =>
      this.#connect(limited).request(path, body, limited),
    );
  }

  async *lines(path: string, body: string, signal: AbortSignal): AsyncGenerator<string, void> {
    yield* this.#connect(signal).lines(path, body, signal);
  }

  close(): void {
    this.#closed ??= new LinkUnavailableError("the link is closed");
    this.session?.end("the link is closed");
  }

  #connect(signal: AbortSignal): MemoryConnection {
    signal.throwIfAborted();
    if (this.#closed) throw this.#closed;
    if (this.#connection && this.session) return this.#connection;
    const { servers, machineID, hooks = {} } = this.#options;
    let failure: unknown = new LinkUnavailableError("no server is known");
    for (let tried = 0; tried < servers.length; tried += 1) {
      const server = servers[this.#next % servers.length] as MemoryLinkServer;
      try {
        return (this.#connection = new MemoryConnection({ server, session: server.connect(machineID), hooks }));
      } catch (error) {
        rethrowProgrammingError(error);
        failure = error;
        this.#next += 1;
      }
    }
    throw failure;
  }
}
