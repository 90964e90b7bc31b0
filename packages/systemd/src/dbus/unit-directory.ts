import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import { replaceFile, UNFINISHED } from "@flotilla/runtime";
import { isUnitName } from "@flotilla/unit";

/**
 * The cluster's unit files on this machine: each a file in a directory of Flotilla's own, and a symbolic
 * link to it where systemd looks. The link is what tells ours from the host's.
 *
 * All of it is synchronous: these are files in memory and names that the kernel remembers, a few microseconds each,
 * where Node's asynchronous calls take ten times that, by way of other threads.
 */
export class UnitDirectory {
  readonly #unitDir: string;
  readonly #linkDir: string;
  #lastTime = 0;

  constructor(unitDir: string, linkDir: string) {
    this.#unitDir = unitDir;
    this.#linkDir = linkDir;
  }

  /**
   * Reads what is there, and puts right what a crash has left half done.
   * @returns the unit files by name, and the names whose link is left although their file is gone.
   */
  open(): { readonly files: ReadonlyMap<string, string>; readonly orphans: readonly string[] } {
    for (const directory of [this.#unitDir, this.#linkDir]) mkdirSync(directory, { recursive: true });
    const files = new Map<string, string>();
    for (const entry of readdirSync(this.#unitDir)) {
      if (isUnitName(entry)) files.set(entry, readFileSync(this.#file(entry), "utf8"));
      else if (entry === UNFINISHED) rmSync(join(this.#unitDir, entry));
    }
    for (const name of files.keys()) if (!exists(this.#link(name))) this.#makeLink(name);
    const entries = readdirSync(this.#linkDir);
    const orphans = entries.filter((entry) => isUnitName(entry) && !files.has(entry) && this.isOurs(entry));
    return { files, orphans };
  }

  /**
   * Writes the file and its link, each whole or not at all.
   * @throws what node:fs throws; EEXIST when the host has put a file of this name there.
   */
  write(name: string, text: string): void {
    // systemd tells a changed file by its time, which some kernels round to 4 ms.
    replaceFile(this.#file(name), text, this.#newTime());
    if (!this.isOurs(name)) this.#makeLink(name);
  }

  /** Removes the link, then the file. */
  remove(name: string): void {
    if (this.isOurs(name)) rmSync(this.#link(name));
    rmSync(this.#file(name), { force: true });
  }

  /** True when the link in systemd's directory leads to our file. */
  isOurs(name: string): boolean {
    const link = this.#link(name);
    return (
      lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true && readlinkSync(link) === this.#file(name)
    );
  }

  /** True for a path that systemd names as the origin of a unit of ours: versions differ in whether they resolve the link. */
  holds(fragmentPath: string, name: string): boolean {
    return fragmentPath === this.#file(name) || fragmentPath === this.#link(name);
  }

  /** The first file of this name, in the directories that systemd searches, that is not ours. */
  findHostFile(name: string, searchPath: readonly string[]): string | undefined {
    for (const directory of searchPath) {
      const path = join(directory, name);
      if (!exists(path)) continue;
      if (path !== this.#link(name) || !this.isOurs(name)) return path;
    }
    return undefined;
  }

  #makeLink(name: string): void {
    // Fails rather than replace what the host has put there meanwhile.
    symlinkSync(this.#file(name), this.#link(name));
    // systemd looks for new files only once the directory's time has changed, which rounding may hide.
    const time = this.#newTime();
    utimesSync(this.#linkDir, time, time);
  }

  /** Seconds since the epoch, another each time. */
  #newTime(): number {
    this.#lastTime = Math.max(Date.now(), this.#lastTime + 1);
    return this.#lastTime / 1000;
  }

  #file(name: string): string {
    return join(this.#unitDir, name);
  }

  #link(name: string): string {
    return join(this.#linkDir, name);
  }
}

function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    // One of the directories that systemd searches is a file.
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return false;
    throw error;
  }
}
