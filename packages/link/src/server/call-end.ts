import { LinkCallEndedError } from "../port/link-error.ts";

/** The end of a call before its answer was complete, and the signal that tells its handler. */
export class CallEnd {
  #abort: AbortController | undefined;
  #error: LinkCallEndedError | undefined;

  /** Created when asked for, because few handlers do. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#error !== undefined) this.#abort.abort(this.#error);
    }
    return this.#abort.signal;
  }

  /** Why the call ended; undefined while it goes on. */
  get error(): LinkCallEndedError | undefined {
    return this.#error;
  }

  /** Ends a call that goes on. */
  become(reason: string): LinkCallEndedError {
    this.#error = new LinkCallEndedError(reason);
    this.#abort?.abort(this.#error);
    return this.#error;
  }
}
