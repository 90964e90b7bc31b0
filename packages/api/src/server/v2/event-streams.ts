import type { FastifyReply } from "fastify";
import { Nudge } from "@flotilla/runtime";
import type { ClusterSnapshot } from "@flotilla/model";
import { type EventFilter, type EventID, eventIDText, parseEventID, selectEvents } from "@flotilla/registry";
import { limits } from "../../contract/limits.ts";
import { REVISION_HEADER } from "../../contract/v2/endpoints.ts";
import type { EventLine } from "../../contract/v2/events.ts";
import type { v2Routes } from "../../contract/v2/routes.ts";
import type { Outcome } from "../answer.ts";
import { untilReaderGone } from "../client-gone.ts";
import { type ApiContext, readInTurn } from "../context.ts";
import { endOfStream, lineOf, LineStream } from "../line-stream.ts";
import type { ClusterReader } from "../ports.ts";
import { Slots } from "../slots.ts";
import type { Checked } from "./bound-route.ts";
import { eventEntityOf, filterOf, headOf, requireKept } from "./events.ts";

/** Serves the streams of events of one daemon. */
export class EventStreams {
  readonly #context: ApiContext;
  readonly #slots = new Slots(limits.eventStreams, "streams of events");

  constructor(context: ApiContext) {
    this.#context = context;
  }

  /**
   * Streams events until the client disconnects, or the caller's token ends.
   * @throws RequestError and store errors before the stream begins.
   */
  serve({ reply, query, access }: Checked<typeof v2Routes.watchEvents>): Promise<Outcome> {
    return this.#slots.run(() => this.#serve(reply, query, access.ended));
  }

  #serve(
    reply: FastifyReply,
    query: Checked<typeof v2Routes.watchEvents>["query"],
    ended: AbortSignal | undefined,
  ): Promise<Outcome> {
    const { cluster, clock, closing } = this.#context;
    const readerGone = untilReaderGone(reply);
    return cluster.with(async (reader) => {
      const snapshot = await reader.fresh(readerGone);
      const { position, filter } = await readInTurn(this.#context, reader, readerGone, () => {
        const { floor } = reader.events;
        const after = query.after === undefined ? undefined : parseEventID(query.after);
        if (after) requireKept(after, floor, snapshot.revision);
        return { position: after ?? headOf(reader.events, snapshot), filter: filterOf(query, snapshot) };
      });
      const stop = AbortSignal.any([readerGone, closing, ...(ended ? [ended] : [])]);
      reply.hijack();
      const lines = new LineStream(reply.raw, clock);
      lines.begin({ [REVISION_HEADER]: snapshot.revision });
      try {
        await new EventStream(this.#context, { reader, snapshot, lines, filter, position }).run(stop);
      } catch (error) {
        if (readerGone.aborted) lines.destroy();
        else {
          const reason = endOfStream(this.#context, stop.aborted ? stop.reason : error);
          await lines.end({ kind: "error", ...reason } satisfies EventLine, readerGone);
        }
      }
      return { status: "streaming" };
    });
  }
}

interface EventStreamParts {
  readonly reader: ClusterReader;
  /** The live view of the reader. */
  readonly snapshot: ClusterSnapshot;
  readonly lines: LineStream;
  readonly filter: EventFilter;
  readonly position: EventID;
}

/** The stream of one reader. */
class EventStream {
  readonly #context: ApiContext;
  readonly #parts: EventStreamParts;
  /** Every event up to this one has been written, or is not meant. */
  #position: EventID;

  constructor(context: ApiContext, parts: EventStreamParts) {
    this.#context = context;
    this.#parts = parts;
    this.#position = parts.position;
  }

  /** Ends only by throwing: a RequestError when events were missed or for a slow reader, or the reason of `stop`. */
  async run(stop: AbortSignal): Promise<void> {
    const { reader, lines } = this.#parts;
    const changed = new Nudge();
    const stopListening = reader.onChange(() => changed.poke());
    const done = new AbortController();
    const progress = (): EventLine => ({ kind: "progress", after: eventIDText(this.#position) });
    const signs = lines.signsOfLife(progress, AbortSignal.any([stop, done.signal]));
    try {
      for (;;) {
        if (reader.isWhole) await this.#writeNew(stop);
        await changed.wait(stop);
      }
    } finally {
      stopListening();
      done.abort();
      await signs;
    }
  }

  async #writeNew(stop: AbortSignal): Promise<void> {
    const { reader, snapshot, lines, filter } = this.#parts;
    const { batches, floor } = reader.events;
    requireKept(this.#position, floor, snapshot.revision);
    const last = batches.at(-1);
    if (!last || last.order < this.#position.order) return;
    for (const batch of batches) {
      const position = { order: batch.order, index: Math.max(0, batch.count - 1) };
      if (batch.order < this.#position.order) continue;
      await this.#context.intake.turns.run(() => {
        const found = selectEvents(batch, filter, this.#position);
        if (found.length > 0)
          lines.write(
            found.map((each) => lineOf({ kind: "event", event: eventEntityOf(each) } satisfies EventLine)).join(""),
          );
        this.#position = position;
      }, stop);
      await lines.drained(stop);
    }
  }
}
