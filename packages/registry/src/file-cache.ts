import { parseUnitFile, type Requirements, requirementsOf, type UnitFile } from "@flotilla/unit";

/** Unit files by digest, parsed once for all units that share them. */
export class FileCache {
  readonly #texts = new Map<string, string>();
  readonly #parsed = new Map<string, UnitFile>();

  put(digest: string, text: string): void {
    this.#texts.set(digest, text);
  }

  delete(digest: string): void {
    this.#texts.delete(digest);
    this.#parsed.delete(digest);
  }

  digests(): IterableIterator<string> {
    return this.#texts.keys();
  }

  /** The file, or undefined when the store does not hold it or holds something that is no unit file. */
  get(digest: string): UnitFile | undefined {
    const known = this.#parsed.get(digest);
    if (known) return known;
    const text = this.#texts.get(digest);
    const file = text === undefined ? undefined : attempt(() => parseUnitFile(text));
    if (file) this.#parsed.set(digest, file);
    return file;
  }
}

/** What a unit asks of its machine; undefined for what no API would have let in. */
export function requirementsOrNone(name: string, file: UnitFile): Requirements | undefined {
  return attempt(() => requirementsOf(name, file.options));
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
