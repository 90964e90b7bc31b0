import {
  type AssignmentRegistry,
  type ClusterChange,
  type ClusterView,
  type Leadership,
  MAX_FILES,
} from "@flotilla/registry";
import type { Clock } from "@flotilla/runtime";

export interface FileSweeperOptions {
  readonly assignments: AssignmentRegistry;
  readonly leadership: Leadership;
  readonly clock: Clock;
}

/** To look through all units is not worth it more often, milliseconds. */
const EVERY_MS = 60_000;

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
    const files = new Map(unnamed.slice(0, MAX_FILES));
    this.#changed = false;
    let done = false;
    try {
      const { applied } = files.size > 0 ? await assignments.deleteFiles(leadership, files, signal) : { applied: true };
      done = applied && files.size === unnamed.length;
    } finally {
      if (done) this.#due = clock.monotonic() + EVERY_MS;
      else this.#changed = true;
    }
  }
}

function unnamedFiles({ units, assignments, files }: ClusterView): (readonly [digest: string, revision: number])[] {
  const named = new Set<string>();
  for (const { digest } of units.values()) named.add(digest);
  for (const places of assignments.values()) for (const { digest } of places.values()) named.add(digest);
  return [...files].filter(([digest]) => !named.has(digest)).map(([digest, { revision }]) => [digest, revision]);
}
