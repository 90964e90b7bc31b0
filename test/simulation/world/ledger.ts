import { keyOf, type KeyValue, type WatchEvent } from "@flotilla/store";
import type { Change } from "@flotilla/store/memory";
import type { Process } from "./process.ts";

/** A change of one key. */
export interface Written {
  readonly key: string;
  readonly before: KeyValue | undefined;
  readonly after: KeyValue | undefined;
}

/** Returns who has written a key: a process, or nobody if a lease has expired. */
export type Writer = (key: string) => Process | undefined;

/** The changes of one revision that have the same writer. */
export interface Commit {
  readonly revision: number;
  readonly at: number;
  readonly writer: Process | undefined;
  readonly written: readonly Written[];
}

/** The first revision that has changes. */
const FIRST = 2;

interface Version {
  readonly revision: number;
  readonly at: number;
  readonly entry: KeyValue | undefined;
}

/** The store's present and past entries, with the writer of each change: a process, or none if a lease has expired. */
export class Ledger {
  readonly entries = new Map<string, KeyValue>();
  /** The same entries, by the first part of their keys. */
  readonly #byHead = new Map<string, Map<string, KeyValue>>();
  readonly #versions = new Map<string, Version[]>();
  readonly #now: () => number;
  readonly #onCommit: (commit: Commit) => void;
  /** The changes of each revision from `FIRST` on. */
  readonly #changes: Change["steps"][number]["event"][][] = [];
  #pending: Change[] = [];
  #revision = 1;

  constructor(now: () => number, onCommit: (commit: Commit) => void) {
    this.#now = now;
    this.#onCommit = onCommit;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Records a change. If it has a writer, `attribute` names it later in the same turn. */
  note(change: Change): void {
    this.#pending.push(change);
    queueMicrotask(() => this.attribute(undefined));
  }

  attribute(writer: Writer | undefined): void {
    for (const change of this.#pending.splice(0)) this.#commit(change, writer ?? (() => undefined));
  }

  /** Returns the changes of the revisions from `from` to `to`, in order. */
  changes(from: number, to: number): readonly Change["steps"][number]["event"][] {
    return this.#changes.slice(Math.max(0, from - FIRST), to - FIRST + 1).flat();
  }

  at(key: string, revision: number): KeyValue | undefined {
    return this.#versions.get(key)?.findLast((version) => version.revision <= revision)?.entry;
  }

  /**
   * Returns the values that the key had in the last `ms` milliseconds, oldest first. Undefined means that it did not
   * exist.
   */
  lately(key: string, ms: number): (KeyValue | undefined)[] {
    const versions = this.#versions.get(key) ?? [];
    const since = this.#now() - ms;
    const first = versions.findLastIndex(({ at }) => at < since);
    const entries = versions.slice(Math.max(0, first)).map(({ entry }) => entry);
    return first < 0 ? [undefined, ...entries] : entries;
  }

  /** Returns the time of the key's last change; minus infinity if it never existed. */
  changedAt(key: string): number {
    return this.#versions.get(key)?.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  }

  /**
   * Returns the entries below a prefix.
   * @param prefix must include the first slash.
   */
  under(prefix: string): KeyValue[] {
    const all = this.#byHead.get(headOf(prefix));
    return all ? [...all.values()].filter(({ key }) => key.startsWith(prefix)) : [];
  }

  #commit({ revision, steps }: Change, writer: Writer): void {
    const at = this.#now();
    this.#revision = revision;
    this.#changes[revision - FIRST] = steps.map(({ event }) => event);
    const written = steps.map(({ event, previous }): Written => {
      const entry = entryOf(event);
      const key = keyOf(event);
      this.#set(key, entry);
      const versions = this.#versions.get(key) ?? [];
      this.#versions.set(key, versions);
      versions.push({ revision, at, entry });
      return { key, before: previous, after: entry };
    });
    for (const [by, own] of Map.groupBy(written, ({ key }) => writer(key)))
      this.#onCommit({ revision, at, writer: by, written: own });
  }

  #set(key: string, entry: KeyValue | undefined): void {
    const head = headOf(key);
    const same = this.#byHead.get(head) ?? new Map<string, KeyValue>();
    this.#byHead.set(head, same);
    for (const entries of [this.entries, same]) {
      if (entry) entries.set(key, entry);
      else entries.delete(key);
    }
  }
}

function headOf(key: string): string {
  return key.slice(0, key.indexOf("/"));
}

function entryOf(event: WatchEvent): KeyValue | undefined {
  return event.type === "put" ? event.entry : undefined;
}
