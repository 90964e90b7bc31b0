import type { ClusterView, EventRegistry } from "@flotilla/registry";
import type { Steps } from "@flotilla/schedule";
import type { Controller, LogLine, PassInput, WriteOutcome } from "../controller/controller.ts";
import type { FencedWriter } from "../controller/fenced-writer.ts";
import { decideOldEvents, type EventLimits, type OldEventsDecision } from "./decide-old-events.ts";

/** The least time between two looks, milliseconds. */
const EVERY_MS = 60_000;

export interface OldEventsOptions {
  readonly registry: Pick<EventRegistry, "delete">;
  /** The live copy, because a deletion depends on no other fact of the cluster. */
  readonly view: Pick<ClusterView, "events">;
  readonly limits: EventLimits;
}

/** Deletes old events of all servers, in the periodic pass: nothing wakes the leader for it. */
export class OldEventsController implements Controller<OldEventsDecision> {
  readonly #options: OldEventsOptions;
  #nextLook = 0;

  constructor(options: OldEventsOptions) {
    this.#options = options;
  }

  wakes(): boolean {
    return false;
  }

  // oxlint-disable-next-line require-yield
  *steps({ now }: Pick<PassInput, "now">): Steps<readonly OldEventsDecision[]> {
    if (now.monotonic < this.#nextLook) return [];
    const decision = decideOldEvents(this.#options.view.events, this.#options.limits, now.wall);
    // After a deletion, there may be more to delete at once.
    if (!decision) this.#nextLook = now.monotonic + EVERY_MS;
    return decision ? [decision] : [];
  }

  async write(
    [decision]: readonly OldEventsDecision[],
    writer: FencedWriter<OldEventsDecision>,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    if (!decision) return "outdated";
    const { registry } = this.#options;
    const isWritten = await writer.apply([decision], (leadership) =>
      registry.delete(leadership, decision.keys, decision.floor, signal),
    );
    return isWritten ? "written" : "outdated";
  }

  linesOf({ sentence }: OldEventsDecision): readonly LogLine[] {
    return [{ level: "debug", message: "old events deleted", fields: { reason: sentence } }];
  }
}
