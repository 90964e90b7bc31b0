import { closeSync, futimesSync, mkdirSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import type { TimerStamps } from "./timer-stamps.ts";

/** Anyone may read the time, as of systemd's own stamps. */
const MODE = 0o644;

/** The stamps where systemd keeps them: `stamp-NAME` in /var/lib/systemd/timers, or in a user's data directory. */
export class FileTimerStamps implements TimerStamps {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  read(timer: string): number | undefined {
    const found = statSync(this.#path(timer), { throwIfNoEntry: false });
    return found && Math.floor(found.mtimeMs);
  }

  write(timer: string, at: number): void {
    mkdirSync(this.#directory, { recursive: true });
    const file = openSync(this.#path(timer), "a", MODE);
    try {
      futimesSync(file, at / 1_000, at / 1_000);
    } finally {
      closeSync(file);
    }
  }

  /** A valid unit name has no slash. */
  #path(timer: string): string {
    return join(this.#directory, `stamp-${timer}`);
  }
}
