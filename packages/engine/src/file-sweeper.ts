import {
  type AssignmentRegistry,
  type ClusterChange,
  type ClusterView,
  type Leadership,
  MAX_FILES,
  type StoredFile,
} from "@flotilla/registry";
import type { Clock } from "@flotilla/runtime";

export interface FileSweeperOptions {
  readonly assignments: AssignmentRegistry;
  readonly leadership: Leadership;
  readonly clock: Clock;
}

/** To look through all units is not worth it more often, milliseconds. */
const EVERY_MS = 60_000;

/** Unless so much has come: every leader and API server keeps all files in memory. Characters. */
const MOST_NEW = 4 * 1024 * 1024;

/** Deletes stored unit files that no unit and no assignment names any more. */
export class FileSweeper {
  readonly #options: FileSweeperOptions;
  #changed = true;
  #due: number;
  /** Of the files that had a name at the last look. */
  #namedCharacters = 0;

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
    const isDue = clock.monotonic() >= this.#due || view.files.characters - this.#namedCharacters > MOST_NEW;
    if (!this.#changed || !isDue) return;
    // Which file a unit names whose record cannot be read, nobody knows.
    if (view.digestsOfUnreadable.values().some((digest) => digest === undefined)) return;
    const unnamed = unnamedFiles(view);
    const files = new Map(unnamed.slice(0, MAX_FILES).map(([digest, { revision }]) => [digest, revision]));
    this.#namedCharacters = view.files.characters - charactersOf(unnamed);
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

type Entry = readonly [digest: string, stored: StoredFile];

function unnamedFiles({ units, assignments, files, digestsOfUnreadable }: ClusterView): Entry[] {
  const named = new Set(digestsOfUnreadable.values());
  for (const { digest } of units.values()) named.add(digest);
  for (const places of assignments.values()) for (const { digest } of places.values()) named.add(digest);
  return [...files].filter(([digest]) => !named.has(digest));
}

function charactersOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, [, { file }]) => sum + (file?.text.length ?? 0), 0);
}
