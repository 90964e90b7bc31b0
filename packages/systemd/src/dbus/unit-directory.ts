import { lstat, mkdir, readFile, readdir, readlink, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isUnitName } from "@flotilla/unit";

/**
 * The cluster's unit files on this machine: each a file in a directory of Flotilla's own, and a symbolic
 * link to it where systemd looks. The link is what tells ours from the host's.
 */
export class UnitDirectory {
  readonly #unitDir: string;
  readonly #linkDir: string;
  #lastTime = 0;
  #temporaries = 0;

  constructor(unitDir: string, linkDir: string) {
    this.#unitDir = unitDir;
    this.#linkDir = linkDir;
  }

  /**
   * Reads what is there, and puts right what a crash has left half done.
   * @returns the unit files by name, and the names whose link is left although their file is gone.
   */
  async open(): Promise<{ readonly files: ReadonlyMap<string, string>; readonly orphans: readonly string[] }> {
    await Promise.all([mkdir(this.#unitDir, { recursive: true }), mkdir(this.#linkDir, { recursive: true })]);
    const files = new Map<string, string>();
    for (const entry of await readdir(this.#unitDir)) {
      if (isUnitName(entry)) files.set(entry, await readFile(this.#file(entry), "utf8"));
      else if (entry.startsWith(TEMPORARY)) await rm(join(this.#unitDir, entry));
    }
    for (const name of files.keys()) {
      if (!(await exists(this.#link(name)))) await this.#makeLink(name);
    }
    const orphans: string[] = [];
    for (const entry of await readdir(this.#linkDir)) {
      if (isUnitName(entry) && !files.has(entry) && (await this.isOurs(entry))) orphans.push(entry);
    }
    return { files, orphans };
  }

  /** Writes the file and its link, each whole or not at all. */
  async write(name: string, text: string): Promise<void> {
    const temporary = join(this.#unitDir, `${TEMPORARY}${(this.#temporaries += 1)}`);
    await writeFile(temporary, text, { mode: 0o644 });
    // systemd tells a changed file by its time, which some kernels round to 4 ms.
    const time = this.#newTime();
    await utimes(temporary, time, time);
    await rename(temporary, this.#file(name));
    if (!(await this.isOurs(name))) await this.#makeLink(name);
  }

  /** Removes the link, then the file. */
  async remove(name: string): Promise<void> {
    if (await this.isOurs(name)) await rm(this.#link(name));
    await rm(this.#file(name), { force: true });
  }

  /** True when the link in systemd's directory leads to our file. */
  async isOurs(name: string): Promise<boolean> {
    return (await readlink(this.#link(name)).catch(() => "")) === this.#file(name);
  }

  /** True for a path that systemd names as the origin of a unit of ours: versions differ in whether they resolve the link. */
  holds(fragmentPath: string, name: string): boolean {
    return fragmentPath === this.#file(name) || fragmentPath === this.#link(name);
  }

  /** The first file of this name, in the directories that systemd searches, that is not ours. */
  async findHostFile(name: string, searchPath: readonly string[]): Promise<string | undefined> {
    for (const directory of searchPath) {
      const path = join(directory, name);
      if (!(await exists(path))) continue;
      if (path !== this.#link(name) || !(await this.isOurs(name))) return path;
    }
    return undefined;
  }

  async #makeLink(name: string): Promise<void> {
    // Fails rather than replace what the host has put there meanwhile.
    await symlink(this.#file(name), this.#link(name));
    // systemd looks for new files only once the directory's time has changed, which rounding may hide.
    const time = this.#newTime();
    await utimes(this.#linkDir, time, time);
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

const TEMPORARY = ".flotilla-new-";

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return false;
      throw error;
    },
  );
}
