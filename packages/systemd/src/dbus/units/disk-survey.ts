import { join } from "node:path";
import { entriesOf, linkText, namesIn } from "./directory-entries.ts";

export interface DiskSurveyParts {
  /** Flotilla's directory of unit files. */
  readonly unitDir: string;
  /** systemd's runtime directory, where those files are linked. */
  readonly linkDir: string;
  /** Directories that systemd searches for unit files, in its order. */
  readonly searchPath: readonly string[];
}

/** A file of the host that has the name of a unit of the cluster. */
export interface HostFile {
  readonly path: string;
  /** True when systemd finds the cluster's link before this file; false when systemd finds this file first. */
  readonly isHidden: boolean;
}

/** The unit files that were on the disk at one moment. */
export class DiskSurvey {
  readonly #parts: DiskSurveyParts;
  readonly #files: ReadonlySet<string>;
  /** The entries of systemd's runtime directory by name: true for a symbolic link. */
  readonly #links: ReadonlyMap<string, boolean>;
  readonly #places: readonly (readonly [directory: string, names: readonly string[]])[];

  constructor(parts: DiskSurveyParts) {
    this.#parts = parts;
    this.#files = new Set(namesIn(parts.unitDir));
    this.#links = new Map(entriesOf(parts.linkDir).map((entry) => [entry.name, entry.isSymbolicLink()]));
    this.#places = parts.searchPath.map((directory) => [directory, namesIn(directory)]);
  }

  /** Whether the unit's file and a link of its name are there. */
  hasUnit(name: string): boolean {
    return this.#files.has(name) && this.#links.get(name) === true;
  }

  /** The host's files that have the names of these units, by unit: for each unit the file that systemd finds first. */
  hostFilesOf(units: { has(name: string): boolean }): ReadonlyMap<string, HostFile> {
    const { unitDir, linkDir, searchPath } = this.#parts;
    const linkPlace = searchPath.indexOf(linkDir);
    const found = new Map<string, HostFile>();
    for (const [index, [directory, names]] of this.#places.entries()) {
      const isHidden = linkPlace !== -1 && index > linkPlace;
      for (const name of names) {
        if (!units.has(name) || found.has(name)) continue;
        if (index === linkPlace && this.#links.get(name) !== false) continue;
        const path = join(directory, name);
        if (linkText(path) !== join(unitDir, name)) found.set(name, { path, isHidden });
      }
    }
    return found;
  }
}
