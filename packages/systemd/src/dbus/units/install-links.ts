import { mkdirSync, readdirSync, rmdirSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { removeFile } from "@flotilla/runtime";
import { isUnitName } from "@flotilla/unit";
import { linkTarget } from "./directory-entries.ts";

/** The directories by whose links another unit refers to a unit (systemd.unit(5)). */
export type Referral = "wants" | "requires" | "upholds";

/** A link that an [Install] section asks for: an alias of the unit, or an entry in another unit's directory. */
export type InstallLink = { readonly alias: string } | { readonly referral: Referral; readonly by: string };

export interface InstallLinksParts {
  /** Flotilla's directory of unit files. */
  readonly unitDir: string;
  /** systemd's runtime directory, which has the units' own links and these links. */
  readonly linkDir: string;
  /** Whether a unit of the cluster is linked there. */
  readonly isLinked: (name: string) => boolean;
  /** Called when `linkDir` has a new name. */
  readonly onNewName: () => void;
}

/**
 * The links that enable the cluster's units, by unit. Flotilla does not use systemd's EnableUnitFiles: it follows Also=
 * to the host's units, lets an alias take a name that the host has, and makes an alias of a linked unit a second unit,
 * which runs beside the first (systemd 252). All operations are synchronous, as in UnitDirectory.
 */
export class InstallLinks {
  readonly #parts: InstallLinksParts;
  readonly #paths = new Map<string, ReadonlySet<string>>();

  constructor(parts: InstallLinksParts) {
    this.#parts = parts;
  }

  /** Finds the links that earlier processes and versions have made, and removes those whose unit is gone. */
  open(): void {
    const { linkDir, isLinked } = this.#parts;
    this.#paths.clear();
    for (const entry of readdirSync(linkDir, { withFileTypes: true })) {
      const path = join(linkDir, entry.name);
      if (entry.isSymbolicLink()) this.#find(path);
      else if (entry.isDirectory() && REFERRAL_DIRECTORY.test(entry.name))
        for (const name of readdirSync(path)) this.#find(join(path, name));
    }
    for (const name of [...this.#paths.keys()]) if (!isLinked(name)) this.set(name, []);
  }

  /** Units that have links. */
  get units(): Iterable<string> {
    return this.#paths.keys();
  }

  /** False when a link that was made for the unit is missing. */
  areComplete(name: string): boolean {
    return [...(this.#paths.get(name) ?? [])].every((path) => this.#isRight(path, name));
  }

  /** Units by their aliases. */
  get aliases(): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const [name, paths] of this.#paths)
      for (const path of paths) if (this.#isAlias(path)) found.set(basename(path), name);
    return found;
  }

  /** The unit that has this name as an alias. */
  ownerOf(alias: string): string | undefined {
    return this.aliases.get(alias);
  }

  /**
   * Makes these links for a unit, and removes its other links.
   * @returns whether a link was removed that systemd may know.
   * @throws the errors of node:fs; EEXIST when another file exists at the path of a link.
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
    const { linkDir, onNewName } = this.#parts;
    // The link may have stayed when an administrator removed the unit's file and own link.
    if (linkTarget(path) === join(linkDir, name)) return;
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(this.#isAlias(path) ? name : `../${name}`, path);
    if (this.#isAlias(path)) onNewName();
  }

  /** Whether the link exists. An alias must lead to the unit's link: one to the unit's file would be another unit. */
  #isRight(path: string, name: string): boolean {
    const target = linkTarget(path);
    return target !== undefined && (!this.#isAlias(path) || target === join(this.#parts.linkDir, name));
  }

  #remove(path: string): void {
    removeFile(path);
    if (this.#isAlias(path)) return;
    try {
      rmdirSync(dirname(path));
    } catch {
      // The directory has links to other units.
    }
  }

  /** Notes the link if it leads to a unit of the cluster and is not the unit's own link. */
  #find(path: string): void {
    const { unitDir, linkDir, isLinked } = this.#parts;
    const target = linkTarget(path);
    if (target === undefined) return;
    const name = basename(target);
    const isOurs = dirname(target) === unitDir || (dirname(target) === linkDir && isLinked(name));
    if (!isOurs || !isUnitName(name) || path === join(linkDir, name)) return;
    this.#paths.set(name, new Set([...(this.#paths.get(name) ?? []), path]));
  }

  #isAlias(path: string): boolean {
    return dirname(path) === this.#parts.linkDir;
  }

  #pathOf(name: string, link: InstallLink): string {
    const { linkDir } = this.#parts;
    return "alias" in link ? join(linkDir, link.alias) : join(linkDir, `${link.by}.${link.referral}`, name);
  }
}

/** The names of directories by whose links a unit refers to others. */
export const REFERRAL_DIRECTORY = /\.(wants|requires|upholds)$/;
