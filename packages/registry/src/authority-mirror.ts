import type { Clock, Logger } from "@flotilla/runtime";
import { Mirror, type Store } from "@flotilla/store";
import { keys } from "./keys.ts";
import { type AuthorityRecord, authorityRecord, decode } from "./records.ts";

export interface AuthorityMirrorOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** In [0, 1); for the jitter of retries. */
  readonly random: () => number;
  readonly log: Logger;
}

/** A live copy of the cluster's authority, by which a server notices a rotation. */
export class AuthorityMirror {
  readonly #mirror: Mirror;

  constructor(options: AuthorityMirrorOptions) {
    this.#mirror = new Mirror({ ...options, prefix: keys.authority, witness: keys.identity });
  }

  /** The authority; undefined before it was read once, and while its record is missing or unreadable. */
  get current(): AuthorityRecord | undefined {
    const entry = this.#mirror.entries.get(keys.authority);
    return entry && decode(authorityRecord, entry.value);
  }

  /** Calls `listener` after each change of the authority, and after the first reading. */
  onChange(listener: () => void): void {
    this.#mirror.onChange(({ events }) => {
      if (events.length > 0) listener();
    });
  }

  /** Keeps the copy current until `signal` aborts; see Mirror.run. */
  run(signal: AbortSignal): Promise<void> {
    return this.#mirror.run(signal);
  }
}
