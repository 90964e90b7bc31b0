import { FlotillaError } from "@flotilla/runtime";

/** Where the texts of unit files are read; UnitRegistry is one. */
export interface TextSource {
  text(digest: string, signal?: AbortSignal): Promise<string | undefined>;
}

/** The store does not hold the file that an assignment names. */
export class MissingFileError extends FlotillaError {
  readonly code = "missing-file";
}

/** Enough for the templates that a burst of assignments shares; a text that is gone is read again. */
const MOST_KEPT = 32;

/** Unit files from the store, read once for units that share one and are assigned at about the same time. */
export class UnitTexts {
  readonly #source: TextSource;
  readonly #kept = new Map<string, Promise<string>>();

  constructor(source: TextSource) {
    this.#source = source;
  }

  /**
   * The text with this digest.
   * @throws MissingFileError; a StoreError.
   */
  async get(digest: string): Promise<string> {
    const kept = this.#kept.get(digest) ?? this.#read(digest);
    this.#kept.delete(digest);
    this.#kept.set(digest, kept);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT) break;
      this.#kept.delete(oldest);
    }
    try {
      return await kept;
    } catch (error) {
      if (this.#kept.get(digest) === kept) this.#kept.delete(digest);
      throw error;
    }
  }

  // Without a signal: the read is shared, and the store ends it in time.
  async #read(digest: string): Promise<string> {
    const text = await this.#source.text(digest);
    if (text === undefined)
      throw new MissingFileError(`The store does not hold the unit file ${digest}; submit the unit again.`);
    return text;
  }
}
