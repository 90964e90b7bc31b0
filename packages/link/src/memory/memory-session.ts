import type { LinkSession } from "../port/link-call.ts";
import { LinkUnavailableError } from "../port/link-error.ts";

/** A session of one client with one server in this process. */
export class MemorySession implements LinkSession {
  readonly machineID: string;
  readonly remoteAddress = "memory";
  readonly #ended = new AbortController();

  constructor(machineID: string) {
    this.machineID = machineID;
  }

  /** Aborts with the error that the client's requests reject with. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  end(reason: string): void {
    if (!this.ended.aborted) this.#ended.abort(new LinkUnavailableError(reason));
  }
}
