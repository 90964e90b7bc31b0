import { setImmediate } from "node:timers/promises";
import { HostUnitError, NameTakenError } from "../../unit-manager-error.ts";
import { hostInstanceOf } from "./host-instance.ts";
import type { LoadedAs } from "./host-unit.ts";
import type { Pace } from "../session/pace.ts";
import type { UnitDirectory } from "./unit-directory.ts";
import type { UnitTable } from "../session/unit-table.ts";

export interface UnitPlacementParts {
  readonly directory: UnitDirectory;
  readonly units: UnitTable;
  readonly pace: Pace;
  /** Those of these units that systemd has loaded; none of them is known to be the cluster's. */
  readonly findLoaded: (names: readonly string[]) => Promise<ReadonlyMap<string, LoadedAs>>;
  /** Asks systemd for the state of a unit that is in the table, and stores the answer there. */
  readonly list: (name: string) => Promise<void>;
  /** Directories that systemd searches for unit files. */
  readonly searchPath: () => readonly string[];
  /** The other unit of the cluster on this machine that has this name as an alias. */
  readonly aliasOwner: (name: string) => string | undefined;
}

interface Request {
  readonly name: string;
  readonly text: string;
  readonly placed: PromiseWithResolvers<void>;
}

/** Puts unit files in place unless they would take a name from the host. Files that wait are written together. */
export class UnitPlacement {
  readonly #parts: UnitPlacementParts;
  #waiting: Request[] = [];
  /** Units that systemd did not know when their first file was put in place. */
  readonly #new = new Set<string>();

  constructor(parts: UnitPlacementParts) {
    this.#parts = parts;
  }

  /** @throws HostUnitError, a UnitManagerError, the errors of node:fs. */
  put(name: string, text: string): Promise<void> {
    const placed = Promise.withResolvers<void>();
    this.#waiting.push({ name, text, placed });
    if (this.#waiting.length === 1) void this.#placeNext();
    return placed.promise;
  }

  /** Whether systemd cannot have loaded an older file than the one in place, because there was none. */
  isNew(name: string): boolean {
    return this.#new.has(name);
  }

  /** Removes the file. */
  remove(name: string): void {
    this.#parts.directory.remove(name);
    this.#new.delete(name);
  }

  async #placeNext(): Promise<void> {
    const { pace, units, findLoaded } = this.#parts;
    // Files that the same event asks for are written together.
    await setImmediate();
    await pace.turn();
    const requests = this.#waiting;
    this.#waiting = [];
    try {
      const loaded = await findLoaded(requests.map(({ name }) => name).filter((name) => !units.units.has(name)));
      for (const request of requests) this.#place(request, loaded.get(request.name));
    } catch (error) {
      for (const { placed } of requests) placed.reject(error);
    }
  }

  #place({ name, text, placed }: Request, loaded: LoadedAs | undefined): void {
    try {
      this.#write(name, text, loaded);
      // systemd loads the new file of a unit that runs without one only when it is asked to.
      placed.resolve(loaded === "lost" ? this.#parts.list(name) : undefined);
    } catch (error) {
      placed.reject(error);
    }
  }

  #write(name: string, text: string, loaded: LoadedAs | undefined): void {
    const { directory, units, searchPath, aliasOwner } = this.#parts;
    const known = units.units.get(name);
    const owner = aliasOwner(name);
    if (owner !== undefined) throw new NameTakenError(name, owner);
    const hostFile = directory.findHostFile(name, searchPath()) ?? hostInstanceOf(directory, searchPath(), name);
    if (hostFile !== undefined) throw new HostUnitError(name, hostFile);
    if (!known && loaded === "host") throw new HostUnitError(name, "loaded in systemd");
    if (known?.text === text && directory.isLinked(name)) return;
    try {
      directory.write(name, text);
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === "EEXIST" ? new HostUnitError(name, "put there just now") : error;
    }
    if (known || loaded) this.#new.delete(name);
    else this.#new.add(name);
    units.setText(name, text);
  }
}
