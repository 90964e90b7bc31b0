import type { FastifyReply } from "fastify";
import type { Turns } from "@flotilla/runtime";
import type { ClusterChange } from "@flotilla/registry";
import { limits } from "../../contract/limits.ts";
import { REVISION_HEADER } from "../../contract/v2/endpoints.ts";
import type { WatchLine } from "../../contract/v2/watch-event.ts";
import type { Outcome } from "../answer.ts";
import { untilReaderGone } from "../client-gone.ts";
import type { ApiContext } from "../context.ts";
import { endOfStream, LineStream } from "../line-stream.ts";
import { Slots } from "../slots.ts";
import { ChangeLines } from "./change-lines.ts";

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
      const lines = new LineStream(reply.raw, clock);
      const stream = new WatchStream(lines, start - 1, { lines: this.#lines, turns: intake.turns });
      this.#streams += 1;
      try {
        await stream.run(batches, () => this.#gathered(), stop);
      } catch (error) {
        if (readerGone.aborted) lines.destroy();
        else await this.#endWith(lines, stop.aborted ? stop.reason : error, readerGone);
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

  async #endWith(stream: LineStream, error: unknown, readerGone: AbortSignal): Promise<void> {
    await stream.end({ kind: "error", ...endOfStream(this.#context, error) } satisfies WatchLine, readerGone);
  }
}

/** The parts that all streams of a daemon share. */
interface Shared {
  readonly lines: ChangeLines;
  readonly turns: Turns;
}

/** The stream of one reader. */
class WatchStream {
  readonly #stream: LineStream;
  readonly #shared: Shared;
  /** Every change up to this revision has been written. */
  #delivered: number;

  constructor(stream: LineStream, delivered: number, shared: Shared) {
    this.#stream = stream;
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
    this.#stream.begin({ [REVISION_HEADER]: this.#delivered });
    const done = new AbortController();
    const progress = (): WatchLine => ({ revision: this.#delivered, kind: "progress" });
    const signs = this.#stream.signsOfLife(progress, AbortSignal.any([stop, done.signal]));
    try {
      for await (const batch of batches) {
        for (let from = 0; from < batch.length; from += AT_ONCE) {
          const isAll = from + AT_ONCE >= batch.length;
          await this.#shared.turns.run(() => this.#write(batch.slice(from, from + AT_ONCE), isAll));
          await this.#stream.drained(stop);
        }
        await gathered();
      }
    } finally {
      done.abort();
      await signs;
    }
  }

  /** @param isAll whether the batch ends here; otherwise more changes of the last revision may follow. */
  #write(batch: readonly ClusterChange[], isAll: boolean): void {
    this.#stream.write(this.#shared.lines.bytesOf(batch));
    const last = batch.at(-1)?.revision;
    if (last !== undefined) this.#delivered = isAll ? last : last - 1;
  }
}
