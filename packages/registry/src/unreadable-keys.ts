import type { LogFields, Logger } from "@flotilla/runtime";

/** Malformed keys, and keys with an unreadable value. No decision rests on them; an operator must delete them. */
export class UnreadableKeys {
  readonly #log: Logger;
  readonly #keys = new Set<string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  get all(): ReadonlySet<string> {
    return this.#keys;
  }

  /** Logs the key, unless it was unreadable before. @param why a sentence, with what to do. */
  note(key: string, why: string, fields: LogFields = {}): void {
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    this.#log.error(why, { ...fields, key });
  }

  /** The key was deleted or is readable again. */
  clear(key: string): void {
    this.#keys.delete(key);
  }
}

/** Log messages for keys that are ignored. */
export const FILE_BROKEN = "a unit's file is missing or broken; submit the unit with --replace, or destroy it";
export const MALFORMED = "a key in the store is malformed and is ignored; delete it";

export const UNREADABLE = "a value in the store cannot be read and is ignored; write it again, or delete its key";

export const UNLEASED =
  "a machine's key in the store has no lease, so it would never expire, and is ignored; delete it";
