import { type Clock, messageOf } from "@flotilla/runtime";
import type { LinkClientLimits } from "../client/client-limits.ts";
import { KeepAlive } from "../client/keep-alive.ts";
import type { LinkClientSession } from "../client/link-session.ts";
import type { Outcome } from "../client/outcome.ts";
import type { MemoryConnection } from "./memory-connection.ts";

/** A session of a link that keeps its session, over a connection in this process. */
export class MemoryClientSession implements LinkClientSession {
  readonly #connection: MemoryConnection;
  readonly #left = Promise.withResolvers<string>();

  constructor(connection: MemoryConnection, clock: Clock, { pingMs, pongMs }: LinkClientLimits) {
    this.#connection = connection;
    const keepAlive = new KeepAlive({
      ...{ clock, pingMs, pongMs },
      ping: (onPong) => void connection.ping().then(onPong, () => {}),
      bytesRead: () => connection.arrived,
      onSilence: (reason) => this.end(reason),
    });
    const { ended } = connection.session;
    const leave = (): void => {
      keepAlive.stop();
      this.#left.resolve(messageOf(ended.reason));
    };
    ended.addEventListener("abort", leave, { once: true });
    if (ended.aborted) leave();
  }

  get server(): string {
    return this.#connection.server;
  }

  get isOpen(): boolean {
    return !this.#connection.session.ended.aborted;
  }

  get left(): Promise<string> {
    return this.#left.promise;
  }

  async exchange(path: string, body: string, signal: AbortSignal): Promise<Outcome> {
    return this.isOpen ? this.#connection.request(path, body, signal) : "not-handled";
  }

  async *lines(path: string, body: string, signal: AbortSignal): AsyncGenerator<string, boolean> {
    if (!this.isOpen) return false;
    yield* this.#connection.lines(path, body, signal);
    return true;
  }

  /** Ends the session at once: no answer is on its way for long. */
  leave(reason: string): void {
    this.end(reason);
  }

  end(reason: string): void {
    this.#connection.session.end(reason);
  }
}
