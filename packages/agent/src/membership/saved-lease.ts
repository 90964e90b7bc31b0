import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { LeaseId } from "@flotilla/registry";
import { removeFile, replaceFile } from "@flotilla/runtime";

/**
 * The saved lease of the machine for the next process, so that a restart keeps the machine registered. On a disk, it
 * also survives a reboot. Only one process of the machine may use it: the daemon holds a lock for that.
 */
export interface SavedLease {
  load(): LeaseId | undefined;
  /** The previous lease, if keys were being moved from it to the present one. */
  loadFormer(): LeaseId | undefined;
  save(id: LeaseId, former?: LeaseId): void;
  clear(): void;
}

export class FileSavedLease implements SavedLease {
  readonly #path: string;

  /** @param path the file; its directory is created if missing. */
  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  }

  load(): LeaseId | undefined {
    return this.#read()[0];
  }

  loadFormer(): LeaseId | undefined {
    return this.#read()[1];
  }

  save(id: LeaseId, former?: LeaseId): void {
    replaceFile(this.#path, former === undefined ? `${id}\n` : `${id} ${former}\n`);
  }

  clear(): void {
    removeFile(this.#path);
  }

  #read(): readonly LeaseId[] {
    try {
      const text = readFileSync(this.#path, "utf8").trim();
      return /^\d+( \d+)?$/.test(text) ? text.split(" ") : [];
    } catch {
      // Missing or unreadable: no lease to resume.
      return [];
    }
  }
}

/** A saved lease in memory, for tests and the simulator. */
export class MemorySavedLease implements SavedLease {
  #ids: readonly [LeaseId | undefined, LeaseId | undefined] = [undefined, undefined];

  load(): LeaseId | undefined {
    return this.#ids[0];
  }

  loadFormer(): LeaseId | undefined {
    return this.#ids[1];
  }

  save(id: LeaseId, former?: LeaseId): void {
    this.#ids = [id, former];
  }

  clear(): void {
    this.#ids = [undefined, undefined];
  }
}
