import { lstatSync, mkdirSync, readdirSync, readlinkSync, rmdirSync, symlinkSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { removeFile } from "@flotilla/runtime";
import { isUnitName } from "@flotilla/unit";

/** How other units may refer to a unit by a link in a directory of theirs (systemd.unit(5)). */
export type Referral = "wants" | "requires" | "upholds";

/** A link of an [Install] section: a further name of the unit, or a place in another unit's directory. */
export type InstallLink = { readonly alias: string } | { readonly referral: Referral; readonly by: string };

export interface InstallLinksOptions {
  /** Flotilla's own directory of unit files. */
  readonly unitDir: string;
  /** systemd's runtime directory, where the units are linked and these links are made. */
  readonly linkDir: string;
  /** True for a unit of the cluster's that is linked there. */
  readonly isOurs: (name: string) => boolean;
  /** Makes systemd look for new names in `linkDir`. */
  readonly touch: () => void;
}

/**
 * The links that enable the cluster's units, by unit. systemd's own EnableUnitFiles is not used: it follows Also= to the
 * host's units, lets an alias take a name that the host has, and makes an alias of a linked unit a unit of its own,
 * which runs a second time (systemd 252). All is synchronous, as in UnitDirectory.
 */
export class InstallLinks {
  readonly #options: InstallLinksOptions;
  readonly #paths = new Map<string, ReadonlySet<string>>();

  constructor(options: InstallLinksOptions) {
    this.#options = options;
  }

  /** Finds the links that earlier processes and versions have made, and removes those whose unit is gone. */
  open(): void {
    const { linkDir } = this.#options;
    this.#paths.clear();
    for (const entry of readdirSync(linkDir, { withFileTypes: true })) {
      const path = join(linkDir, entry.name);
      if (entry.isSymbolicLink()) this.#find(path);
      else if (entry.isDirectory() && DIRECTORY.test(entry.name))
        for (const name of readdirSync(path)) this.#find(join(path, name));
    }
    for (const name of [...this.#paths.keys()]) if (!this.#options.isOurs(name)) this.set(name, []);
  }

  /** Units that have links. */
  get units(): Iterable<string> {
    return this.#paths.keys();
  }

  /** False when a link that was made for the unit is not there any more. */
  areWhole(name: string): boolean {
    for (const path of this.#paths.get(name) ?? []) if (!this.#isRight(path, name)) return false;
    return true;
  }

  /** Units by their aliases. */
  get aliases(): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const [name, paths] of this.#paths)
      for (const path of paths) if (dirname(path) === this.#options.linkDir) found.set(basename(path), name);
    return found;
  }

  /** The unit that has this name as an alias. */
  ownerOf(alias: string): string | undefined {
    const path = this.#pathOf("", { alias });
    return [...this.#paths].find(([, paths]) => paths.has(path))?.[0];
  }

  /**
   * Makes these links of a unit, and removes its others.
   * @returns whether one was removed that systemd may know.
   * @throws what node:fs throws; EEXIST when something else is in the place of a link.
   */
  set(name: string, links: readonly InstallLink[]): boolean {
    const before = this.#paths.get(name) ?? new Set();
    const wanted = new Set(links.map((link) => this.#pathOf(name, link)));
    const made = new Set([...before].filter((path) => wanted.has(path) && this.#isRight(path, name)));
    const stale = [...before].filter((path) => !made.has(path));
    for (const path of stale) this.#remove(path);
    try {
      for (const path of wanted) {
        if (!made.has(path)) this.#make(path, name);
        made.add(path);
      }
    } finally {
      if (made.size > 0) this.#paths.set(name, made);
      else this.#paths.delete(name);
    }
    return stale.length > 0;
  }

  #make(path: string, name: string): void {
    const { linkDir, touch } = this.#options;
    // One that was there without its unit, as when somebody had removed the unit's file and link.
    if (targetOf(path) === join(linkDir, name)) return;
    const isAlias = dirname(path) === linkDir;
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(isAlias ? name : `../${name}`, path);
    if (isAlias) touch();
  }

  /** It is there, and is an alias of the unit's name rather than of its file, which would make another unit of it. */
  #isRight(path: string, name: string): boolean {
    const { linkDir } = this.#options;
    const target = targetOf(path);
    return target !== undefined && (dirname(path) !== linkDir || target === join(linkDir, name));
  }

  #remove(path: string): void {
    removeFile(path);
    if (dirname(path) === this.#options.linkDir) return;
    try {
      rmdirSync(dirname(path));
    } catch {
      // Others have links there.
    }
  }

  #find(path: string): void {
    const { unitDir, linkDir, isOurs } = this.#options;
    const target = targetOf(path);
    if (target === undefined) return;
    const name = basename(target);
    const isInOurs = dirname(target) === unitDir || (dirname(target) === linkDir && isOurs(name));
    // What has the unit's own name in systemd's directory is the unit's link, not one of its [Install] section.
    if (!isInOurs || !isUnitName(name) || path === join(linkDir, name)) return;
    this.#paths.set(name, new Set([...(this.#paths.get(name) ?? []), path]));
  }

  #pathOf(name: string, link: InstallLink): string {
    const { linkDir } = this.#options;
    return "alias" in link ? join(linkDir, link.alias) : join(linkDir, `${link.by}.${link.referral}`, name);
  }
}

const DIRECTORY = /\.(wants|requires|upholds)$/;

/** Where a symbolic link leads; undefined for what is none. */
function targetOf(path: string): string | undefined {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return undefined;
  return resolve(dirname(path), readlinkSync(path));
}
