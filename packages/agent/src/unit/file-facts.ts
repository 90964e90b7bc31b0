import { type FileInPlace, fileInPlace } from "./situation.ts";

/** Digests and hashes of the installed files, computed once for each text. */
export class FileFacts {
  readonly #known = new Map<string, { readonly text: string; readonly file: FileInPlace | undefined }>();

  of(unit: string, text: string): FileInPlace | undefined {
    const known = this.#known.get(unit);
    if (known?.text === text) return known.file;
    const file = fileInPlace(unit, text);
    this.#known.set(unit, { text, file });
    return file;
  }

  forget(unit: string): void {
    this.#known.delete(unit);
  }
}
