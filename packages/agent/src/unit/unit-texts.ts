import { FlotillaError } from "@flotilla/runtime";

/** The source of unit file texts; UnitRegistry is one. */
export interface TextSource {
  text(digest: string, signal?: AbortSignal): Promise<string | undefined>;
}

/** The store does not have the file of an assignment. */
export class MissingFileError extends FlotillaError {
  readonly code = "missing-file";
}

/** Enough for the templates of a burst of assignments; an evicted text is read again. */
const MOST_KEPT = 32;

/** Unit files from the store, each read once for units that share it and are assigned at about the same time. */
export class UnitTexts {
  readonly #source: TextSource;
  readonly #kept = new Map<string, Promise<string>>();

  constructor(source: TextSource) {
    this.#source = source;
  }

  /**
   * The text with this digest.
   *
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

  // Without a signal: callers share the read, and the store limits its time.
  async #read(digest: string): Promise<string> {
    const text = await this.#source.text(digest);
    if (text === undefined)
      throw new MissingFileError(`cannot find unit file ${digest} in the store; submit the unit again`);
    return text;
  }
}
