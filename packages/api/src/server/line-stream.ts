import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { type Clock, describeError, type Logger } from "@flotilla/runtime";
import type { ErrorAnswer } from "../contract/v2/error.ts";
import { errorAnswerOf, RequestError, requestErrorFor } from "./request-error.ts";

/** The interval of progress events on a quiet stream, which reveal a lost peer and keep proxies connected. Milliseconds. */
const PROGRESS_MS = 15_000;

/** How long a reader may take to read the buffered events before it is disconnected, milliseconds. */
const STALL_MS = 30_000;

/** How long a reader may take to read the last line, milliseconds. */
const LAST_LINE_MS = 5_000;

/** An endless answer of one JSON object a line, to one reader. */
export class LineStream {
  readonly #response: ServerResponse;
  readonly #clock: Clock;

  constructor(response: ServerResponse, clock: Clock) {
    this.#response = response;
    this.#clock = clock;
  }

  begin(headers: Readonly<Record<string, string | number>> = {}): void {
    this.#response.writeHead(200, {
      "content-type": "application/x-ndjson",
      "cache-control": "no-store",
      ...headers,
    });
  }

  /** Call `drained` afterwards. */
  write(lines: Buffer | string): void {
    this.#response.write(lines);
  }

  /** Waits until a reader that is behind has read. @throws RequestError for a slow reader; the reason of `stop`. */
  async drained(stop: AbortSignal): Promise<void> {
    if (!this.#response.writableNeedDrain) return;
    const done = new AbortController();
    const signal = AbortSignal.any([stop, done.signal]);
    const stalled = this.#clock.sleep(STALL_MS, signal).then(() => {
      throw new RequestError(
        "slow-reader",
        `the reader did not read the buffered events within ${STALL_MS / 1000} s; list again and watch from there`,
      );
    });
    try {
      await Promise.race([once(this.#response, "drain", { signal }), stalled]);
    } finally {
      done.abort();
    }
  }

  /** Writes a line now and at each interval, except to a reader that is behind. */
  async signsOfLife(line: () => object, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!this.#response.writableNeedDrain) this.#response.write(lineOf(line()));
      await this.#clock.sleep(PROGRESS_MS, signal).catch(() => {});
    }
  }

  /** Writes the last line and closes the connection, after a limit even if the reader has not read the line. */
  async end(line: object, readerGone: AbortSignal): Promise<void> {
    this.#response.end(lineOf(line));
    await this.#clock.sleep(LAST_LINE_MS, readerGone).catch(() => {});
    this.#response.destroy();
  }

  /** Closes the connection to a reader that is gone. */
  destroy(): void {
    this.#response.destroy();
  }
}

export function lineOf(line: object): string {
  return `${JSON.stringify(line)}\n`;
}

/** Returns why a stream ends, for its last line. Logs an internal error, whose details the reader must not see. */
export function endOfStream({ log }: { readonly log: Logger }, error: unknown): ErrorAnswer {
  const known = requestErrorFor(error);
  if (!known) log.error("a watch stream failed", describeError(error));
  return errorAnswerOf(
    known ??
      new RequestError(
        "internal",
        "internal error of the daemon; list again and watch from there, and report the error in the journal of fleet.service",
      ),
  );
}
