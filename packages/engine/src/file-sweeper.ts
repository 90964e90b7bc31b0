import type { AssignmentRegistry, ClusterChange, ClusterView, Leadership } from "@flotilla/registry";
import type { Clock } from "@flotilla/runtime";

export interface FileSweeperOptions {
  readonly assignments: AssignmentRegistry;
  readonly leadership: Leadership;
  readonly clock: Clock;
}

/** To look through all units is not worth it more often, milliseconds. */
const EVERY_MS = 60_000;

/** Files deleted in one pass, so that units need not wait long for the next. */
const MOST_AT_ONCE = 32;

/** Deletes stored unit files that no unit and no assignment names any more. */
export class FileSweeper {
  readonly #options: FileSweeperOptions;
  #changed = true;
  #due: number;

  constructor(options: FileSweeperOptions) {
    this.#options = options;
    this.#due = options.clock.monotonic() + EVERY_MS;
  }

  /** Only what names files, or ceases to, can leave one without a name. */
  note(changes: readonly ClusterChange[]): void {
    this.#changed ||= changes.some(({ kind }) => kind === "unit" || kind === "assignment");
  }

  /** Call it when there is nothing better to do: it looks only when it is due and something has changed. */
  async sweep(view: ClusterView, signal: AbortSignal): Promise<void> {
    const { assignments, leadership, clock } = this.#options;
    if (!this.#changed || clock.monotonic() < this.#due) return;
    // Which file a unit names that cannot be read, nobody knows.
    if (view.unreadable.size > 0) return;
    const unnamed = unnamedFiles(view);
    this.#changed = false;
    try {
      await assignments.deleteFiles(leadership, unnamed.slice(0, MOST_AT_ONCE), view.revision, signal);
    } catch (error) {
      this.#changed = true;
      throw error;
    }
    if (unnamed.length > MOST_AT_ONCE) this.#changed = true;
    else this.#due = clock.monotonic() + EVERY_MS;
  }
}

function unnamedFiles({ units, assignments, fileDigests }: ClusterView): string[] {
  const named = new Set<string>();
  for (const { digest } of units.values()) named.add(digest);
  for (const places of assignments.values()) for (const { digest } of places.values()) named.add(digest);
  return [...fileDigests].filter((digest) => !named.has(digest));
}
