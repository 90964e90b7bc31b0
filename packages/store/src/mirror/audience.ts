import { keyOf } from "../port/index.ts";
import type { MirrorChange } from "./change.ts";

/**
 * The listeners of a mirror. When a listener throws, it is unknown how much of the change each listener has applied.
 * Every listener then needs all entries again, and the changed keys with them.
 */
export class MirrorAudience {
  readonly #listeners = new Set<(change: MirrorChange) => void>();
  readonly #doubtful = new Set<string>();
  #isInDoubt = false;

  /** True from when a listener throws until every listener has received a whole listing. */
  get isInDoubt(): boolean {
    return this.#isInDoubt;
  }

  /** The keys that changed since every listener agreed with the mirror. */
  get doubtful(): ReadonlySet<string> {
    return this.#doubtful;
  }

  add(listener: (change: MirrorChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws what a listener throws; the change is then in doubt. */
  tell(change: MirrorChange): void {
    try {
      for (const listener of this.#listeners) listener(change);
    } catch (error) {
      this.#isInDoubt = true;
      for (const event of change.events) this.#doubtful.add(keyOf(event));
      throw error;
    }
  }

  /** Call when every listener has received a whole listing. */
  confirm(): void {
    this.#isInDoubt = false;
    this.#doubtful.clear();
  }
}
