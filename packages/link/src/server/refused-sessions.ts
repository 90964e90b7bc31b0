import type { ServerHttp2Stream } from "node:http2";
import type { Clock } from "@flotilla/runtime";
import type { LinkAnswerError } from "../port/link-error.ts";
import type { Connection } from "./connection.ts";
import type { LinkLimits } from "./limits.ts";

/** Sessions that are not admitted: each request gets the reason, and soon the session ends. */
export class RefusedSessions {
  readonly #limits: Pick<LinkLimits, "refusedSessions" | "refusedMs">;
  readonly #clock: Clock;
  readonly #open = new Set<Connection>();

  constructor(limits: Pick<LinkLimits, "refusedSessions" | "refusedMs">, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** @param answer the answer to each request. */
  add(connection: Connection, answer: LinkAnswerError): void {
    const { session } = connection;
    if (this.#open.size >= this.#limits.refusedSessions) {
      connection.end();
      return;
    }
    this.#open.add(connection);
    const cancel = this.#clock.after(this.#limits.refusedMs, () => connection.end());
    session.on("close", () => {
      cancel();
      this.#open.delete(connection);
    });
    session.on("stream", (stream) => send(stream, answer));
  }

  close(): void {
    for (const connection of this.#open) connection.end();
  }
}

function send(stream: ServerHttp2Stream, { status, body }: LinkAnswerError): void {
  stream.on("error", () => {});
  // The body of the request is dropped.
  stream.resume();
  stream.respond({ ":status": status, "content-length": Buffer.byteLength(body) });
  stream.end(body);
}
