import type { Clock } from "@flotilla/runtime";
import type { FakeLinks } from "./fake-links.ts";
import type { FakeMemory } from "./fake-memory.ts";
import { NEVER_STARTS } from "../never-starts.ts";
import { isAtRest } from "../active-state.ts";

export interface FakeRemovalOptions {
  readonly clock: Clock;
  /** How long the daemon-reload of a removal takes, in milliseconds. */
  readonly reloadMs: number;
  readonly files: Map<string, string>;
  readonly links: FakeLinks;
  readonly memory: FakeMemory;
  readonly reload: () => void;
  readonly onChange: (name: string) => void;
}

/** Removes units as the D-Bus adapter does (docs/decisions/0030-removed-means-not-startable.md). */
export class FakeRemoval {
  readonly #options: FakeRemovalOptions;
  /** Units whose removal has begun and is not complete, or that ran when they were removed. */
  readonly #leftovers = new Set<string>();
  /** The files, with starts forbidden, that systemd finds for units that are being removed. */
  readonly #unstartable = new Map<string, string>();
  #boots = 0;

  constructor(options: FakeRemovalOptions) {
    this.#options = options;
  }

  get leftovers(): ReadonlySet<string> {
    return this.#leftovers;
  }

  /** The file that systemd finds for a unit whose own file is removed. */
  fileOf(name: string): string | undefined {
    return this.#unstartable.get(name);
  }

  /** Notes that the unit has a file again. */
  written(name: string): void {
    this.#leftovers.delete(name);
  }

  clear(): void {
    this.#boots += 1;
    this.#leftovers.clear();
    this.#unstartable.clear();
  }

  /** See UnitManager.remove. */
  async remove(name: string): Promise<boolean> {
    const { clock, reloadMs, files, links, memory, reload, onChange } = this.#options;
    const boot = this.#boots;
    files.delete(name);
    links.delete(name);
    memory.clearFailure(name);
    memory.collect(name);
    const loaded = memory.units.get(name);
    // Another unit refers to it, or it runs: it could be started while it is loaded.
    if (loaded) {
      this.#leftovers.add(name);
      onChange(name);
      if (!this.#isRetriedAtOnce(name)) this.#unstartable.set(name, `${loaded.loadedText}${NEVER_STARTS}`);
      if (reloadMs > 0) await clock.sleep(reloadMs);
      if (boot !== this.#boots || files.has(name)) return true;
      // mutation: reload after removal
      reload();
      this.#unstartable.delete(name);
      // The unit may have been started meanwhile, and have failed.
      memory.clearFailure(name);
      memory.collect(name);
    }
    const unit = memory.units.get(name);
    const isGone = !unit || (isAtRest(unit) && !unit.job && !unit.pause);
    if (isGone) this.#leftovers.delete(name);
    onChange(name);
    return isGone;
  }

  /**
   * Whether a socket or path triggers the unit. It would retry against an assertion forever, so its unit gets no file.
   */
  #isRetriedAtOnce(name: string): boolean {
    return [...this.#options.memory.units].some(
      ([trigger, { definition }]) => definition.triggers === name && /\.(socket|path)$/.test(trigger),
    );
  }
}
