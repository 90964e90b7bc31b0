import { isOutage, type Logger, messageOf } from "@flotilla/runtime";
import { CompactedError, StoreReplacedError } from "../port/store-error.ts";

/** Logs why a mirror lists its store again. Logs an outage once, however many attempts fail. */
export class FailureLog {
  readonly #log: Logger;
  readonly #prefix: string;
  #isAway = false;

  constructor(log: Logger, prefix: string) {
    this.#log = log;
    this.#prefix = prefix;
  }

  /** @param isInDoubt whether a listener may have thrown the error. */
  note(thrown: unknown, isInDoubt: boolean): void {
    const fields = { prefix: this.#prefix, error: messageOf(thrown) };
    if (thrown instanceof StoreReplacedError) {
      this.#log.warn("the store has lost its data or was replaced; listing the store again", fields);
    } else if (thrown instanceof CompactedError) {
      this.#log.info("the store has compacted revisions that this daemon has not read; listing the store again", {
        prefix: this.#prefix,
      });
    } else if (isInDoubt && !isOutage(thrown)) {
      this.#log.warn("cannot process a change of the store; listing the store again", fields);
    } else if (!this.#isAway) {
      this.#isAway = true;
      this.#log.warn("cannot watch the store; the last known state stays in use", fields);
    }
  }

  /** Call when the store answers. */
  clear(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#log.info("watching the store again", { prefix: this.#prefix });
  }
}
