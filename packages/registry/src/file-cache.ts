import { parseUnitFile, type Requirements, requirementsOf, type UnitFile } from "@flotilla/unit";

/** Unit files by digest, parsed once for all units that share them. */
export class FileCache {
  readonly #texts = new Map<string, string>();
  readonly #parsed = new Map<string, UnitFile>();
  readonly #revisions = new Map<string, number>();

  /** At which revision each file was written last. */
  get revisions(): ReadonlyMap<string, number> {
    return this.#revisions;
  }

  put(digest: string, text: string, revision: number): void {
    this.#texts.set(digest, text);
    this.#revisions.set(digest, revision);
  }

  delete(digest: string): void {
    for (const map of [this.#texts, this.#parsed, this.#revisions]) map.delete(digest);
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
