import type { UnitManager } from "@flotilla/systemd";
import { type FileInPlace, fileInPlace } from "./situation.ts";

/** Digests and hashes of the installed files, computed once for each text. */
export class FileFacts {
  readonly #manager: Pick<UnitManager, "list">;
  readonly #known = new Map<string, { readonly text: string; readonly file: FileInPlace | undefined }>();

  constructor(manager: Pick<UnitManager, "list">) {
    this.#manager = manager;
  }

  of(unit: string): FileInPlace | undefined {
    const managed = this.#manager.list().get(unit);
    if (!managed) return undefined;
    const { text } = managed;
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
