import { keyOf } from "../port/index.ts";
import type { MirrorChange } from "./change.ts";

/**
 * The listeners of a mirror. When one of them throws, nobody knows what each has taken in of that change: it is in
 * doubt until a later listing, which tells everything, has been taken in by all.
 */
export class MirrorAudience {
  readonly #listeners = new Set<(change: MirrorChange) => void>();
  readonly #doubtful = new Set<string>();
  #isInDoubt = false;

  get isInDoubt(): boolean {
    return this.#isInDoubt;
  }

  /** The keys that changed since every listener was last known to show what the mirror shows. */
  get doubtful(): ReadonlySet<string> {
    return this.#doubtful;
  }

  add(listener: (change: MirrorChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws what a listener throws; the change is in doubt then. */
  tell(change: MirrorChange): void {
    try {
      for (const listener of this.#listeners) listener(change);
    } catch (error) {
      this.#isInDoubt = true;
      for (const event of change.events) this.#doubtful.add(keyOf(event));
      throw error;
    }
  }

  /** All of a listing has been told, and taken in by all. */
  settle(): void {
    this.#isInDoubt = false;
    this.#doubtful.clear();
  }
}
