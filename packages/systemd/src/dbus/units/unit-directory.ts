import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync } from "node:fs";
import { basename, join } from "node:path";
import { removeFile, replaceFile, UNFINISHED } from "@flotilla/runtime";
import { isUnitName } from "@flotilla/unit";
import { NEVER_STARTS } from "../../never-starts.ts";
import { exists, linkTarget, linkText } from "./directory-entries.ts";
import { DiskSurvey } from "./disk-survey.ts";
import { InstallLinks } from "./install-links.ts";

/**
 * The cluster's unit files on this machine: each is a file in Flotilla's own directory with a symbolic link in systemd's
 * runtime directory. The link distinguishes the cluster's units from the host's.
 *
 * All operations are synchronous: the files are in memory and the kernel caches their names, so that each operation
 * takes a few microseconds. Node's asynchronous calls take ten times as long because they run on other threads.
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
   * Makes the directories and reads the units in them.
   * @returns the texts of the unit files in place, by name; and the orphans: units whose file or link is missing, or
   *   whose removal has begun.
   */
  open(): { readonly files: ReadonlyMap<string, string>; readonly orphans: readonly string[] } {
    for (const directory of [this.#unitDir, this.#linkDir]) mkdirSync(directory, { recursive: true });
    const files = new Map<string, string>();
    for (const entry of readdirSync(this.#unitDir)) {
      if (isUnitName(entry)) files.set(entry, readFileSync(this.#file(entry), "utf8"));
      else if (entry === UNFINISHED) removeFile(join(this.#unitDir, entry));
    }
    const orphans = new Set(
      [...files].filter(([name, text]) => neverStarts(text) || !this.isLinked(name)).map(([name]) => name),
    );
    for (const entry of readdirSync(this.#linkDir))
      if (isUnitName(entry) && !files.has(entry) && this.isLinked(entry)) orphans.add(entry);
    for (const orphan of orphans) files.delete(orphan);
    return { files, orphans: [...orphans] };
  }

  /**
   * Writes the file and its link, each completely or not at all.
   * @throws the errors of node:fs; EEXIST when the host has a file at the path of the link.
   */
  write(name: string, text: string): void {
    // systemd recognises a changed file by its time, which some kernels round to 4 ms.
    replaceFile(this.#file(name), text, this.#newTime());
    if (!this.isLinked(name)) this.#makeLink(name);
  }

  /** Removes the link, so that systemd can no longer load the unit. The file stays for `open` to find. */
  unlink(name: string): void {
    if (this.isLinked(name)) removeFile(this.#link(name));
  }

  /**
   * Changes the file so that systemd refuses to start the unit once systemd has read it. The rest of the file stays, so
   * that the unit stops as the file says.
   * @throws the errors of node:fs, for example when the disk is full; link and file are deleted then.
   */
  forbidStart(name: string): void {
    try {
      const text = readFileSync(this.#file(name), "utf8");
      this.write(name, neverStarts(text) ? text : text + NEVER_STARTS);
    } catch (error) {
      this.remove(name);
      throw error;
    }
  }

  /** Removes the link, then the file. */
  remove(name: string): void {
    this.unlink(name);
    removeFile(this.#file(name));
  }

  /** Whether systemd's runtime directory has the link to the cluster's file. */
  isLinked(name: string): boolean {
    return linkText(this.#link(name)) === this.#file(name);
  }

  /** Whether this is a link, in a directory of another unit, to a unit of the cluster. */
  isInstallLink(path: string, name: string): boolean {
    const target = linkTarget(path);
    return target === this.#file(name) || (target === this.#link(name) && this.isLinked(name));
  }

  /** @param searchPath directories that systemd searches for unit files, in its order. */
  survey(searchPath: readonly string[]): DiskSurvey {
    return new DiskSurvey({ unitDir: this.#unitDir, linkDir: this.#linkDir, searchPath });
  }

  /** Whether another link leads to the unit's file, such as one that an administrator made with `systemctl enable`. */
  isLinkedElsewhere(name: string, searchPath: readonly string[]): boolean {
    const others = searchPath.filter((directory) => directory !== this.#linkDir);
    return others.some((directory) => this.#leadsToFile(join(directory, name), name));
  }

  /** Whether systemd finds a mask first: a link to /dev/null or an empty file (systemd.unit(5)). */
  isMasked(name: string, searchPath: readonly string[]): boolean {
    const found = searchPath.map((directory) => join(directory, name)).find((path) => exists(path));
    if (found === undefined) return false;
    const text = linkText(found);
    return text === undefined ? lstatSync(found).size === 0 : text === "/dev/null";
  }

  /** Whether this is systemd's runtime directory, which has the links. */
  isPlaceOfLinks(path: string): boolean {
    return path === this.#linkDir;
  }

  /** When the file or link was made or last changed, in milliseconds since the epoch; 0 when it does not exist. */
  changedAt(path: string): number {
    return lstatSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0;
  }

  /** The links of the units' [Install] sections, which are in the same directory as the units' own links. */
  installLinks(): InstallLinks {
    return new InstallLinks({
      unitDir: this.#unitDir,
      linkDir: this.#linkDir,
      isLinked: (name) => this.isLinked(name),
      onNewName: () => this.#renewTime(),
    });
  }

  /** The unit of the cluster whose file systemd has loaded from this path; undefined when the path is the host's. */
  ownerOf(fragmentPath: string): string | undefined {
    const name = basename(fragmentPath);
    return isUnitName(name) && this.holds(fragmentPath, name) && !this.isTaken(name) ? name : undefined;
  }

  /** Whether the host has a file in the place of the unit's link. */
  isTaken(name: string): boolean {
    return exists(this.#link(name)) && !this.isLinked(name);
  }

  /**
   * Whether this path, as systemd reports it, is the cluster's file. Some versions of systemd resolve the link, others
   * do not.
   */
  holds(fragmentPath: string, name: string): boolean {
    const isOurPlace = fragmentPath === this.#file(name) || fragmentPath === this.#link(name);
    return isOurPlace || this.#leadsToFile(fragmentPath, name);
  }

  /** The host's first file of this name in the directories that systemd searches. */
  findHostFile(name: string, searchPath: readonly string[]): string | undefined {
    return searchPath
      .map((directory) => join(directory, name))
      .find((path) => exists(path) && !this.#leadsToFile(path, name));
  }

  #leadsToFile(path: string, name: string): boolean {
    return linkText(path) === this.#file(name);
  }

  #makeLink(name: string): void {
    // symlink(2) fails when the host has put a file there meanwhile.
    symlinkSync(this.#file(name), this.#link(name));
    this.#renewTime();
  }

  /** systemd looks for new names only when the directory's time has changed, and rounding may hide a change. */
  #renewTime(): void {
    const time = this.#newTime();
    utimesSync(this.#linkDir, time, time);
  }

  /** Seconds since the epoch; a later time at each call. */
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

function neverStarts(text: string): boolean {
  return text.endsWith(NEVER_STARTS);
}
