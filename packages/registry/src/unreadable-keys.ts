import type { LogFields, Logger } from "@flotilla/runtime";

/** Keys in the store that are none, or whose values cannot be read. No decision rests on them; people remove them. */
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

  /** The key is gone, or can be read. */
  clear(key: string): void {
    this.#keys.delete(key);
  }
}

/** Why a key that resembles one of ours is not taken for it. */
export const FILE_BROKEN = "a unit's file is missing or broken; submit the unit with --replace, or destroy it";
export const MALFORMED = "a key in the store is malformed and is ignored; delete it";

/** Why a value is as good as none. */
export const UNREADABLE = "a value in the store cannot be read and is ignored; write it again, or delete its key";

/** Why a record that its machine's lease is to end is not taken for one. */
export const UNLEASED =
  "a machine's key in the store has no lease, so that it would never end, and is ignored; delete it";
