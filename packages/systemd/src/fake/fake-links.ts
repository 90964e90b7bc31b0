import type { UnitDefinition } from "./unit-definition.ts";

/** The links by which targets want units: in `.wants` directories, and as systemd has read those. */
export class FakeLinks {
  /** Targets by unit. */
  readonly #made = new Map<string, ReadonlySet<string>>();
  #known: ReadonlyMap<string, ReadonlySet<string>> = new Map();

  /** Units that have a link. */
  get enabled(): ReadonlySet<string> {
    return new Set(this.#made.keys());
  }

  /** Links for a new file come in the place of those that an earlier one asked for. */
  put(name: string, { hasInstall, wantedBy }: UnitDefinition): void {
    if (hasInstall) this.#made.set(name, new Set(wantedBy));
    else this.#made.delete(name);
  }

  delete(name: string): void {
    this.#made.delete(name);
  }

  /** systemd reads the directories. */
  reload(): void {
    this.#known = new Map(this.#made);
  }

  clear(): void {
    this.#made.clear();
    this.#known = new Map();
  }

  /** Units that systemd knows some target to want, whether the link is still there or not. */
  get known(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#known;
  }

  wantedBy(target: string): readonly string[] {
    return [...this.#known].filter(([, targets]) => targets.has(target)).map(([name]) => name);
  }
}
