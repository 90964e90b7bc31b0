import type { StoredFile } from "./stored-file.ts";

/** The unit files in the store, by digest. */
export interface StoredFiles extends ReadonlyMap<string, StoredFile> {
  /** The total length of all texts. The text of an unreadable file is not kept. */
  readonly characters: number;
}

export class FileTable extends Map<string, StoredFile> implements StoredFiles {
  #characters = 0;

  get characters(): number {
    return this.#characters;
  }

  override set(digest: string, stored: StoredFile): this {
    this.delete(digest);
    this.#characters += charactersOf(stored);
    return super.set(digest, stored);
  }

  override delete(digest: string): boolean {
    this.#characters -= charactersOf(this.get(digest));
    return super.delete(digest);
  }
}

function charactersOf(stored: StoredFile | undefined): number {
  return stored?.file?.text.length ?? 0;
}
