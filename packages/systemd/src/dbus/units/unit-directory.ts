import {
  type Dirent,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { removeFile, replaceFile, UNFINISHED } from "@flotilla/runtime";
import { isUnitName } from "@flotilla/unit";
import { InstallLinks } from "./install-links.ts";

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
   * Reads what is there.
   * @returns the unit files in place by name, and the names of units that are not whole, since a daemon or an
   *   administrator has left them so: their link or their file is missing, or their removal has begun.
   */
  open(): { readonly files: ReadonlyMap<string, string>; readonly orphans: readonly string[] } {
    for (const directory of [this.#unitDir, this.#linkDir]) mkdirSync(directory, { recursive: true });
    const files = new Map<string, string>();
    for (const entry of readdirSync(this.#unitDir)) {
      if (isUnitName(entry)) files.set(entry, readFileSync(this.#file(entry), "utf8"));
      else if (entry === UNFINISHED) removeFile(join(this.#unitDir, entry));
    }
    const orphans = new Set(
      [...files].filter(([name, text]) => isBarred(text) || !this.isOurs(name)).map(([name]) => name),
    );
    for (const entry of readdirSync(this.#linkDir))
      if (isUnitName(entry) && !files.has(entry) && this.isOurs(entry)) orphans.add(entry);
    for (const orphan of orphans) files.delete(orphan);
    return { files, orphans: [...orphans] };
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

  /** Removes the link: what systemd has not loaded by now it cannot load any more. The file stays, for `open` to find. */
  unlink(name: string): void {
    if (this.isOurs(name)) removeFile(this.#link(name));
  }

  /**
   * Makes the file one whose unit systemd refuses to start once it has read it; all else in it stays as it was, so that
   * the unit stops as it should.
   * @throws what node:fs throws, as when the disk is full: then neither link nor file is there.
   */
  bar(name: string): void {
    try {
      const text = readFileSync(this.#file(name), "utf8");
      this.write(name, isBarred(text) ? text : text + BAR);
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

  /** True when the link in systemd's directory leads to our file. */
  isOurs(name: string): boolean {
    const link = this.#link(name);
    return (
      lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true && readlinkSync(link) === this.#file(name)
    );
  }

  /** True for a link in a directory of another unit's that leads to a unit of ours. */
  isInstallLink(path: string, name: string): boolean {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return false;
    const target = resolve(dirname(path), readlinkSync(path));
    return target === this.#file(name) || (target === this.#link(name) && this.isOurs(name));
  }

  /** What is on the disk now. @param searchPath directories that systemd searches for unit files, in its order. */
  survey(searchPath: readonly string[]): Survey {
    const files = new Set(namesIn(this.#unitDir));
    const links = new Map(entriesOf(this.#linkDir).map((entry) => [entry.name, entry.isSymbolicLink()]));
    const places = searchPath.map((directory) => [directory, namesIn(directory)] as const);
    const own = searchPath.indexOf(this.#linkDir);
    return {
      hasFile: (name) => files.has(name),
      hasLink: (name) => links.get(name) === true,
      hostsOf: (units) => {
        const hosts = new Map<string, HostFile>();
        // What comes first in the search path counts, and is written last here.
        for (const [index, [directory, names]] of [...places.entries()].toReversed()) {
          const found = index === own ? names.filter((name) => links.get(name) === false) : names;
          const isHidden = own !== -1 && index > own;
          for (const name of found.filter((entry) => units.has(entry))) {
            const path = join(directory, name);
            if (!this.#leadsToFile(path, name)) hosts.set(name, { path, isHidden });
          }
        }
        return hosts;
      },
    };
  }

  /** Whether somebody has linked the unit's file elsewhere too, as `systemctl enable` by hand does. */
  isLinkedElsewhere(name: string, searchPath: readonly string[]): boolean {
    const others = searchPath.filter((directory) => directory !== this.#linkDir);
    return others.some((directory) => this.#leadsToFile(join(directory, name), name));
  }

  /** Whether what systemd finds first under this name is a mask: a link to /dev/null, or an empty file (systemd.unit(5)). */
  isMasked(name: string, searchPath: readonly string[]): boolean {
    const found = searchPath.map((directory) => join(directory, name)).find((path) => exists(path));
    if (found === undefined) return false;
    return isLink(found) ? readlinkSync(found) === "/dev/null" : lstatSync(found).size === 0;
  }

  #leadsToFile(path: string, name: string): boolean {
    return isLink(path) && readlinkSync(path) === this.#file(name);
  }

  /** True for systemd's runtime directory, where the links are. */
  isPlaceOfLinks(path: string): boolean {
    return path === this.#linkDir;
  }

  /** When the entry of a directory was made or last changed, milliseconds since the epoch; 0 when it is gone. */
  changedAt(path: string): number {
    return lstatSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0;
  }

  /** The links that enable the units, beside those that are here. */
  installLinks(): InstallLinks {
    const [unitDir, linkDir] = [this.#unitDir, this.#linkDir];
    return new InstallLinks({ unitDir, linkDir, isOurs: (name) => this.isOurs(name), touch: () => this.touch() });
  }

  /** systemd looks for new names only once the directory's time has changed, which rounding may hide. */
  touch(): void {
    const time = this.#newTime();
    utimesSync(this.#linkDir, time, time);
  }

  /** The unit of the cluster's whose file systemd has loaded from this path; undefined for a path of the host's. */
  ownerOf(fragmentPath: string): string | undefined {
    const name = basename(fragmentPath);
    return isUnitName(name) && this.holds(fragmentPath, name) && !this.isTaken(name) ? name : undefined;
  }

  /** True when something that is not ours has the place of the link. */
  isTaken(name: string): boolean {
    return exists(this.#link(name)) && !this.isOurs(name);
  }

  /** True for a path that systemd names as the origin of a unit of ours: versions differ in whether they resolve the link. */
  holds(fragmentPath: string, name: string): boolean {
    const isOurPlace = fragmentPath === this.#file(name) || fragmentPath === this.#link(name);
    return isOurPlace || this.#leadsToFile(fragmentPath, name);
  }

  /** The first file of this name, in the directories that systemd searches, that is not ours. */
  findHostFile(name: string, searchPath: readonly string[]): string | undefined {
    for (const directory of searchPath) {
      const path = join(directory, name);
      if (!exists(path) || this.#leadsToFile(path, name)) continue;
      if (path !== this.#link(name) || !this.isOurs(name)) return path;
    }
    return undefined;
  }

  #makeLink(name: string): void {
    // Fails rather than replace what the host has put there meanwhile.
    symlinkSync(this.#file(name), this.#link(name));
    this.touch();
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

/**
 * The assertion never holds: the root directory is there (systemd.unit(5), AssertPathExists=). It stands in the unit's
 * own file, since a drop-in of some names reaches other units too. The empty line ends a line that is continued.
 */
const BAR = "\n\n# fleetd is removing this unit.\n[Unit]\nAssertPathExists=!/\n";

function isBarred(text: string): boolean {
  return text.endsWith(BAR);
}

/** What is on the disk of units. */
export interface Survey {
  readonly hasFile: (name: string) => boolean;
  readonly hasLink: (name: string) => boolean;
  /** Files of the host's own that have these units' names, by unit. */
  readonly hostsOf: (units: { has(name: string): boolean }) => ReadonlyMap<string, HostFile>;
}

export interface HostFile {
  readonly path: string;
  /** systemd takes the unit's link before it; otherwise it takes the file before the link. */
  readonly isHidden: boolean;
}

function namesIn(directory: string): readonly string[] {
  return entriesOf(directory).map(({ name }) => name);
}

function entriesOf(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

function isLink(path: string): boolean {
  return exists(path) && lstatSync(path).isSymbolicLink();
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
