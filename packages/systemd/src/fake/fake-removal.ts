import type { Clock } from "@flotilla/runtime";
import type { FakeLinks } from "./fake-links.ts";
import type { FakeMemory } from "./fake-memory.ts";
import { isAtRest } from "./fake-unit.ts";

export interface FakeRemovalOptions {
  readonly clock: Clock;
  /** How long the daemon-reload takes that a removal may need, milliseconds. */
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
  /** Units whose removal has begun and is not over, or that ran when they were removed. */
  readonly #leftovers = new Set<string>();
  /** The files that systemd is to read of units that are being removed. */
  readonly #barred = new Map<string, string>();
  #boots = 0;

  constructor(options: FakeRemovalOptions) {
    this.#options = options;
  }

  get leftovers(): ReadonlySet<string> {
    return this.#leftovers;
  }

  /** What systemd finds as this unit's file although the cluster has taken its own away. */
  fileOf(name: string): string | undefined {
    return this.#barred.get(name);
  }

  /** The unit has a file again. */
  written(name: string): void {
    this.#leftovers.delete(name);
  }

  clear(): void {
    this.#boots += 1;
    this.#leftovers.clear();
    this.#barred.clear();
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
    // Something refers to it, or it runs: as long as it is loaded, it could be started.
    if (loaded) {
      this.#leftovers.add(name);
      onChange(name);
      if (!this.#isTriggeredAtOnce(name)) this.#barred.set(name, `${loaded.loadedText}${NEVER}`);
      if (reloadMs > 0) await clock.sleep(reloadMs);
      if (boot !== this.#boots || files.has(name)) return true;
      // mutation: reload after removal
      reload();
      this.#barred.delete(name);
      // It may have been started meanwhile, and have failed.
      memory.clearFailure(name);
      memory.collect(name);
    }
    const unit = memory.units.get(name);
    const isGone = !unit || (isAtRest(unit) && !unit.job && !unit.pause);
    if (isGone) this.#leftovers.delete(name);
    onChange(name);
    return isGone;
  }

  /** A socket or path would have an assertion that does not hold looked at for ever: its unit is left without a file. */
  #isTriggeredAtOnce(name: string): boolean {
    return [...this.#options.memory.units].some(
      ([trigger, { definition }]) => definition.triggers === name && /\.(socket|path)$/.test(trigger),
    );
  }
}

const NEVER = "\n[Unit]\nAssertPathExists=!/\n";
