import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { LeaseId } from "@flotilla/registry";
import { replaceFile } from "./replace-file.ts";

/**
 * Where the machine's lease is kept for the next process, so that a restart keeps the machine's place;
 * after a reboot too, where it is kept on a disk. Only one process of the machine may use it: the
 * daemon holds a lock for that.
 */
export interface SavedLease {
  load(): LeaseId | undefined;
  save(id: LeaseId): void;
  clear(): void;
}

export class FileSavedLease implements SavedLease {
  readonly #path: string;

  /** @param path of the file; its directory is made if it is not there. */
  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  }

  load(): LeaseId | undefined {
    try {
      const id = readFileSync(this.#path, "utf8").trim();
      return /^\d+$/.test(id) ? id : undefined;
    } catch {
      // Not there or not readable: then there is no lease to go on with.
      return undefined;
    }
  }

  save(id: LeaseId): void {
    replaceFile(this.#path, `${id}\n`);
  }

  clear(): void {
    rmSync(this.#path, { force: true });
  }
}

/** Lasts as long as this object: for tests and the simulator. */
export class MemorySavedLease implements SavedLease {
  #id: LeaseId | undefined;

  load(): LeaseId | undefined {
    return this.#id;
  }

  save(id: LeaseId): void {
    this.#id = id;
  }

  clear(): void {
    this.#id = undefined;
  }
}
