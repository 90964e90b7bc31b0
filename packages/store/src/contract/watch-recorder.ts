import type { Revision, Store, WatchBatch, WatchEvent, WatchRequest } from "../port/index.ts";

/** Watches in the background and writes down what came. */
export class WatchRecorder {
  readonly batches: WatchBatch[] = [];
  /** What the watch ended with. */
  error: unknown;
  readonly ended: Promise<void>;
  readonly #stop = new AbortController();

  constructor(store: Store, request: WatchRequest) {
    this.ended = this.#record(store, request);
  }

  get events(): WatchEvent[] {
    return this.batches.flatMap(({ events }) => events);
  }

  get revision(): Revision {
    return this.batches.at(-1)?.revision ?? 0;
  }

  /** One line an event: `put key=value @5` or `delete key @6`. */
  get lines(): string[] {
    return this.events.map((event) =>
      event.type === "put"
        ? `put ${event.entry.key}=${event.entry.value} @${event.entry.modRevision}`
        : `delete ${event.key} @${event.modRevision}`,
    );
  }

  /** Ends the watch and waits for its end. */
  async stop(reason: Error = new Error("stopped")): Promise<void> {
    this.#stop.abort(reason);
    await this.ended;
  }

  async #record(store: Store, request: WatchRequest): Promise<void> {
    try {
      for await (const batch of store.watch(request, this.#stop.signal)) this.batches.push(batch);
    } catch (error) {
      this.error = error;
    }
  }
}
