import type { Revision, Store, WatchBatch, WatchEvent, WatchRequest } from "../port/index.ts";
import { withoutHang } from "./harness.ts";

/** Watches in the background and records the batches. */
export class WatchRecorder {
  readonly ended: Promise<void>;
  readonly #batches: WatchBatch[] = [];
  readonly #stop = new AbortController();
  #error: unknown;

  constructor(store: Store, request: WatchRequest) {
    this.ended = this.#record(store, request);
  }

  get batches(): readonly WatchBatch[] {
    return this.#batches;
  }

  /** The error that ended the watch. */
  get error(): unknown {
    return this.#error;
  }

  get events(): WatchEvent[] {
    return this.batches.flatMap(({ events }) => events);
  }

  get revision(): Revision {
    return this.batches.at(-1)?.revision ?? 0;
  }

  /** One line per event: `put key=value @5` or `delete key @6`. */
  get lines(): string[] {
    return this.events.map((event) =>
      event.type === "put"
        ? `put ${event.entry.key}=${event.entry.value} @${event.entry.modRevision}`
        : `delete ${event.key} @${event.modRevision}`,
    );
  }

  /** Aborts the watch and waits for its end. */
  async stop(reason: Error = new Error("stopped")): Promise<void> {
    this.#stop.abort(reason);
    await withoutHang("an aborted watch to end", this.ended);
  }

  async #record(store: Store, request: WatchRequest): Promise<void> {
    try {
      for await (const batch of store.watch(request, this.#stop.signal)) this.#batches.push(batch);
    } catch (error) {
      this.#error = error;
    }
  }
}
