import type { Logger } from "@flotilla/runtime";
import { keyOf, type WatchEvent } from "@flotilla/store";
import type { ClusterChange } from "./cluster-change.ts";
import { ClusterTables } from "./cluster-tables.ts";
import { ClusterView } from "./cluster-view.ts";
import { KeyIntake } from "./key-intake.ts";
import { isOfAttendance, type ParsedKey, readKey } from "./keys.ts";
import { MALFORMED } from "./unreadable-keys.ts";

/** An event of the store with its parsed key; undefined for a key of an unknown kind. */
interface ReadEvent {
  readonly event: WatchEvent;
  readonly key: ParsedKey | undefined;
}

/**
 * A copy of the cluster, built from the store's keys and updated by each change. The cost of an update grows with the
 * change, not with the cluster. Readers get `view`, which cannot change the copy.
 */
export class ClusterReplica {
  readonly view: ClusterView;
  readonly #tables: ClusterTables;
  readonly #intake: KeyIntake;

  constructor(log: Logger) {
    this.#tables = new ClusterTables(log);
    this.#intake = new KeyIntake(this.#tables, log);
    this.view = new ClusterView(this.#tables);
  }

  /** Applies a batch of events and returns the resulting changes of the cluster. */
  apply(events: readonly WatchEvent[], revision: number): ClusterChange[] {
    this.#tables.revision = revision;
    const read = events.map((event) => ({ event, key: this.#read(event) }));
    // Files first: a unit and its file are written in one transaction, in which events are ordered by key.
    for (const { event, key } of read) {
      if (key?.kind === "file" && event.type === "put") this.#intake.takeFile(key.digest, event.entry);
      if (isOfAttendance(key)) this.#intake.takeAttendance(key, event.type === "put" ? event.entry : undefined);
    }
    const changes = toldOnce(read).flatMap(({ event, key }) => (key ? this.#intake.take(key, event) : []));
    this.#deleteFiles(read);
    return changes;
  }

  #read(event: WatchEvent): ParsedKey | undefined {
    const key = keyOf(event);
    const reading = readKey(key);
    if (event.type === "delete") this.#tables.garbage.clear(key);
    else if (reading === "malformed") this.#tables.garbage.note(key, MALFORMED);
    return typeof reading === "string" ? undefined : reading;
  }

  /** Runs last, and only for files that are still missing: a deleted file may be submitted again at once. */
  #deleteFiles(read: readonly ReadEvent[]): void {
    const latest = new Map(read.map(({ event, key }) => [key?.kind === "file" ? key.digest : undefined, event.type]));
    for (const [digest, type] of latest)
      if (digest !== undefined && type === "delete") this.#tables.files.delete(digest);
  }
}

/** Keeps only one of the events that change the attendance, whatever the number of machines. */
function toldOnce(read: readonly ReadEvent[]): readonly ReadEvent[] {
  const last = read.findLastIndex(({ key }) => isOfAttendance(key));
  return read.filter(({ key }, index) => !isOfAttendance(key) || index === last);
}
