import type { UnitDefinition } from "./unit-definition.ts";

/** The links in `.wants` directories of targets: as they are on the disk, and as systemd has last read them. */
export class FakeLinks {
  /** Targets by unit. */
  readonly #made = new Map<string, ReadonlySet<string>>();
  #known: ReadonlyMap<string, ReadonlySet<string>> = new Map();

  /** Units that have a link. */
  get enabled(): ReadonlySet<string> {
    return new Set(this.#made.keys());
  }

  /** Replaces the links of an earlier file. */
  put(name: string, { hasInstall, wantedBy }: UnitDefinition): void {
    if (hasInstall) this.#made.set(name, new Set(wantedBy));
    else this.#made.delete(name);
  }

  delete(name: string): void {
    this.#made.delete(name);
  }

  /** Reads the directories, as systemd does at a daemon-reload. */
  reload(): void {
    this.#known = new Map(this.#made);
  }

  clear(): void {
    this.#made.clear();
    this.#known = new Map();
  }

  /** The targets by unit, as systemd has last read the links. */
  get known(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#known;
  }

  wantedBy(target: string): readonly string[] {
    return [...this.#known].filter(([, targets]) => targets.has(target)).map(([name]) => name);
  }
}
