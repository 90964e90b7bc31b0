import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";
import { type Clock, describeError, type Turns } from "@flotilla/runtime";
import type { ClusterChange } from "@flotilla/registry";
import { limits } from "../../contract/limits.ts";
import { REVISION_HEADER } from "../../contract/v2/endpoints.ts";
import type { WatchLine } from "../../contract/v2/watch-event.ts";
import type { Outcome } from "../answer.ts";
import { untilReaderGone } from "../client-gone.ts";
import type { ApiContext } from "../context.ts";
import { errorAnswerOf, RequestError, requestErrorFor } from "../request-error.ts";
import { Slots } from "../slots.ts";
import { ChangeLines } from "./change-lines.ts";

/** The interval of progress events on a quiet stream, which reveal a lost peer and keep proxies connected. Milliseconds. */
const PROGRESS_MS = 15_000;

/** How long a reader may take to read the buffered events before it is disconnected, milliseconds. */
const STALL_MS = 30_000;

/** How long a reader may take to read the last line, milliseconds. */
const LAST_LINE_MS = 5_000;

/** How long changes are gathered between two writes, by the number of streams: a write to every stream takes time. */
const GATHER = { streams: 100, ms: 5, mostMs: 100 } as const;

/** The most changes in one turn: a watch from an old revision begins with thousands of changes. */
const AT_ONCE = 500;

/** Serves the watch streams of one daemon. */
export class WatchServer {
  readonly #context: ApiContext;
  readonly #lines: ChangeLines;
  readonly #slots = new Slots(limits.watchStreams, "watch streams");
  #streams = 0;
  #gathering: Promise<void> | undefined;

  constructor(context: ApiContext) {
    this.#context = context;
    this.#lines = new ChangeLines(context.machineID);
  }

  /**
   * Streams every change from `from` on, or from now on, until the client disconnects.
   * @param ended aborts when the caller's token ends, which ends the stream with the reason.
   * @throws CompactedError and store errors before the stream begins.
   */
  serve(reply: FastifyReply, from: number | undefined, ended?: AbortSignal): Promise<Outcome> {
    return this.#slots.run(() => this.#serve(reply, from, ended));
  }

  #serve(reply: FastifyReply, from: number | undefined, ended?: AbortSignal): Promise<Outcome> {
    const { cluster, clock, closing, intake } = this.#context;
    const readerGone = untilReaderGone(reply);
    return cluster.with(async (reader) => {
      const { revision } = await reader.fresh(readerGone);
      const stop = AbortSignal.any([readerGone, closing, ...(ended ? [ended] : [])]);
      const start = from ?? revision + 1;
      const batches = reader.follow(start, stop);
      reply.hijack();
      const stream = new WatchStream(reply.raw, start - 1, { lines: this.#lines, clock, turns: intake.turns });
      this.#streams += 1;
      try {
        await stream.run(batches, () => this.#gathered(), stop);
      } catch (error) {
        if (readerGone.aborted) reply.raw.destroy();
        else await this.#endWith(stream, stop.aborted ? stop.reason : error, readerGone);
      } finally {
        this.#streams -= 1;
      }
      return { status: "streaming" };
    });
  }

  /** Waits until all streams of the daemon continue together with the same batch; does not wait with few streams. */
  #gathered(): Promise<void> | undefined {
    const ms = Math.min(GATHER.mostMs, Math.floor(this.#streams / GATHER.streams) * GATHER.ms);
    if (ms === 0) return undefined;
    this.#gathering ??= this.#context.clock.sleep(ms).finally(() => (this.#gathering = undefined));
    return this.#gathering;
  }

  async #endWith(stream: WatchStream, error: unknown, readerGone: AbortSignal): Promise<void> {
    const known = requestErrorFor(error);
    if (!known) this.#context.log.error("a watch stream failed", describeError(error));
    const reason =
      known ??
      new RequestError(
        "internal",
        "internal error of the daemon; list again and watch from there, and report the error in the journal of fleet.service",
      );
    await stream.end({ kind: "error", ...errorAnswerOf(reason) }, readerGone);
  }
}

/** The parts that all streams of a daemon share. */
interface Shared {
  readonly lines: ChangeLines;
  readonly clock: Clock;
  readonly turns: Turns;
}

/** The stream of one reader. */
class WatchStream {
  readonly #response: ServerResponse;
  readonly #shared: Shared;
  /** Every change up to this revision has been written. */
  #delivered: number;

  constructor(response: ServerResponse, delivered: number, shared: Shared) {
    this.#response = response;
    this.#shared = shared;
    this.#delivered = delivered;
  }

  /**
   * Writes the changes. Ends only by throwing the error of `batches`, a RequestError for a slow reader, or the reason of
   * `stop`.
   * @param gathered waits until more changes can be written together.
   */
  async run(
    batches: AsyncIterable<readonly ClusterChange[]>,
    gathered: () => Promise<void> | undefined,
    stop: AbortSignal,
  ): Promise<void> {
    const head = {
      "content-type": "application/x-ndjson",
      "cache-control": "no-store",
      [REVISION_HEADER]: this.#delivered,
    };
    this.#response.writeHead(200, head);
    const done = new AbortController();
    const signs = this.#signsOfLife(AbortSignal.any([stop, done.signal]));
    try {
      for await (const batch of batches) {
        for (let from = 0; from < batch.length; from += AT_ONCE) {
          const isAll = from + AT_ONCE >= batch.length;
          await this.#shared.turns.run(() => this.#write(batch.slice(from, from + AT_ONCE), isAll));
          await this.#drained(stop);
        }
        await gathered();
      }
    } finally {
      done.abort();
      await signs;
    }
  }

  /** Writes the last line and closes the connection, after a limit even if the reader has not read the line. */
  async end(line: WatchLine, readerGone: AbortSignal): Promise<void> {
    this.#response.end(lineOf(line));
    await this.#shared.clock.sleep(LAST_LINE_MS, readerGone).catch(() => {});
    this.#response.destroy();
  }

  /** @param isAll whether the batch ends here; otherwise more changes of the last revision may follow. */
  #write(batch: readonly ClusterChange[], isAll: boolean): void {
    this.#response.write(this.#shared.lines.bytesOf(batch));
    const last = batch.at(-1)?.revision;
    if (last !== undefined) this.#delivered = isAll ? last : last - 1;
  }

  async #drained(stop: AbortSignal): Promise<void> {
    if (!this.#response.writableNeedDrain) return;
    const done = new AbortController();
    const signal = AbortSignal.any([stop, done.signal]);
    const stalled = this.#shared.clock.sleep(STALL_MS, signal).then(() => {
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

  /** Writes a progress event now and at each interval, except to a reader that is behind. */
  async #signsOfLife(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!this.#response.writableNeedDrain)
        this.#response.write(lineOf({ revision: this.#delivered, kind: "progress" }));
      await this.#shared.clock.sleep(PROGRESS_MS, signal).catch(() => {});
    }
  }
}

function lineOf(line: WatchLine): string {
  return `${JSON.stringify(line)}\n`;
}
