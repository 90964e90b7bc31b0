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

/** A sign of life on a quiet stream, so that a peer that is gone is found out and no proxy gives up. Milliseconds. */
const PROGRESS_MS = 15_000;

/** How long a reader may take for what waits for it before it is cut off. Milliseconds. */
const STALL_MS = 30_000;

/** How long a reader has for taking the last line. Milliseconds. */
const LAST_LINE_MS = 5_000;

/** With so many streams, lines are gathered for so long between two writes: a write to each of them takes time. */
const GATHER = { streams: 100, ms: 5, mostMs: 100 } as const;

/** Changes that are written at once: one who begins in the past has thousands before him. */
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
   * Streams every change from `from` on, or from now on, until the client goes.
   * @throws CompactedError and store errors, before the stream has begun.
   */
  serve(reply: FastifyReply, from: number | undefined): Promise<Outcome> {
    return this.#slots.run(() => this.#serve(reply, from));
  }

  #serve(reply: FastifyReply, from: number | undefined): Promise<Outcome> {
    const { cluster, clock, closing, intake } = this.#context;
    const readerGone = untilReaderGone(reply);
    return cluster.with(async (reader) => {
      const { revision } = await reader.fresh(readerGone);
      const stop = AbortSignal.any([readerGone, closing]);
      const start = from ?? revision + 1;
      const batches = reader.follow(start, stop);
      reply.hijack();
      const stream = new WatchStream(reply.raw, start - 1, { lines: this.#lines, clock, turns: intake.turns });
      this.#streams += 1;
      try {
        await stream.run(batches, () => this.#gathered(), stop);
      } catch (error) {
        if (readerGone.aborted) reply.raw.destroy();
        else await this.#sayWhy(stream, stop.aborted ? stop.reason : error, readerGone);
      } finally {
        this.#streams -= 1;
      }
      return { status: "streaming" };
    });
  }

  /** Resolves at once where there are few streams; all streams of a daemon go on together, with the same batch. */
  #gathered(): Promise<void> | undefined {
    const ms = Math.min(GATHER.mostMs, Math.floor(this.#streams / GATHER.streams) * GATHER.ms);
    if (ms === 0) return undefined;
    this.#gathering ??= this.#context.clock.sleep(ms).finally(() => (this.#gathering = undefined));
    return this.#gathering;
  }

  async #sayWhy(stream: WatchStream, error: unknown, readerGone: AbortSignal): Promise<void> {
    const known = requestErrorFor(error);
    if (!known) this.#context.log.error("a watch stream failed", describeError(error));
    const said =
      known ??
      new RequestError(
        "internal",
        "The stream failed inside the daemon; its log says why. List again and watch from there.",
      );
    await stream.end({ kind: "error", ...errorAnswerOf(said) }, readerGone);
  }
}

/** What the streams of a daemon share. */
interface Shared {
  readonly lines: ChangeLines;
  readonly clock: Clock;
  readonly turns: Turns;
}

/** One reader's stream. */
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
   * Ends only by throwing: what `batches` throws, a RequestError for a slow reader, or the reason of `stop`.
   * @param gathered waits for more to be written at once.
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

  /** Writes a last line and ends; a reader that does not take it in time is hung up on. */
  async end(line: WatchLine, readerGone: AbortSignal): Promise<void> {
    this.#response.end(lineOf(line));
    await this.#shared.clock.sleep(LAST_LINE_MS, readerGone).catch(() => {});
    this.#response.destroy();
  }

  /** @param isAll there may be more changes of the same revision otherwise. */
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
        `This reader did not take what waited for it within ${STALL_MS / 1000} s; list again and watch from there.`,
      );
    });
    try {
      await Promise.race([once(this.#response, "drain", { signal }), stalled]);
    } finally {
      done.abort();
    }
  }

  /** At once, and then at each interval; a reader that is behind needs none. */
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
