import type { Assignment, MachineID } from "@flotilla/model";
import type { Clock, Logger } from "@flotilla/runtime";
import { keyOf, type KeyValue, Mirror, type Store, type WatchEvent } from "@flotilla/store";
import { digestText } from "@flotilla/unit";
import { keys, parseKey } from "./keys.ts";
import { assignmentRecord, decode, identityRecord } from "./records.ts";
import { MALFORMED, UNREADABLE, UnreadableKeys } from "./unreadable-keys.ts";

export interface OwnAssignmentsOptions {
  readonly store: Store;
  readonly machineID: MachineID;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** The assignments of one machine: the only part of the store that its agent watches. */
export class OwnAssignments {
  readonly #mirror: Mirror;
  readonly #garbage: UnreadableKeys;
  readonly #unreadable = new Set<string>();
  readonly #machineID: MachineID;
  readonly #assignments = new Map<string, Assignment>();
  #origin: { readonly identity: string; readonly text: string } | undefined;

  constructor(options: OwnAssignmentsOptions) {
    const { store, clock, random, log, machineID } = options;
    this.#machineID = machineID;
    this.#mirror = new Mirror({
      store,
      prefix: keys.assignmentsOf(machineID),
      witness: keys.identity,
      clock,
      random,
      log,
    });
    this.#garbage = new UnreadableKeys(log);
    this.#mirror.onChange(({ events }) => {
      for (const event of events) this.#take(event);
    });
  }

  /** False until the assignments are known: before that, a missing assignment means nothing. */
  get synced(): boolean {
    return this.#mirror.synced;
  }

  /**
   * The origin of the assignments, from the identity of their store. Another store has another identity. Undefined while
   * the store has none.
   */
  get origin(): string | undefined {
    const identity = this.#mirror.witness;
    if (identity === undefined) return undefined;
    // Cached, because every launch record needs it.
    if (this.#origin?.identity !== identity) this.#origin = { identity, text: originIn(identity) };
    return this.#origin.text;
  }

  /** The revision of the store's state in `all`. */
  get revision(): number {
    return this.#mirror.revision;
  }

  get all(): ReadonlyMap<string, Assignment> {
    return this.#assignments;
  }

  /** Units with an unreadable assignment: nothing follows from their absence in `all`. */
  get unreadable(): ReadonlySet<string> {
    return this.#unreadable;
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#mirror.run(signal);
  }

  /**
   * Resolves when `all` shows every write that was made before this call.
   * @throws StoreUnavailableError or StoreTimeoutError while the store is unavailable; the signal's reason.
   */
  async fresh(signal: AbortSignal): Promise<void> {
    await this.#mirror.fresh(signal);
  }

  /**
   * Calls `listener` with the units whose assignments have changed. `replaced` is true when another store, or an older
   * state of this one, has replaced the store. Returns a function that removes the listener.
   */
  onChange(listener: (units: readonly string[], replaced: boolean) => void): () => void {
    return this.#mirror.onChange(({ events, replaced }) => {
      listener(
        events.flatMap((event) => unitOf(event) ?? []),
        replaced,
      );
    });
  }

  #take(event: WatchEvent): void {
    const unit = unitOf(event);
    if (event.type === "delete") {
      this.#garbage.clear(event.key);
      if (unit === undefined) return;
      this.#assignments.delete(unit);
      this.#unreadable.delete(unit);
    } else if (unit === undefined) this.#garbage.note(event.entry.key, MALFORMED);
    else this.#put(unit, event.entry);
  }

  #put(unit: string, entry: KeyValue): void {
    const record = decode(assignmentRecord, entry.value);
    // An unreadable value means nothing: the unit keeps its last known assignment, and is not stopped.
    if (!record) {
      this.#unreadable.add(unit);
      return this.#garbage.note(entry.key, UNREADABLE);
    }
    this.#unreadable.delete(unit);
    this.#garbage.clear(entry.key);
    this.#assignments.set(unit, {
      unit,
      machineID: this.#machineID,
      ...record,
      since: record.since || entry.createRevision,
      revision: entry.modRevision,
    });
  }
}

/** An unreadable identity still differs from that of another store. */
function originIn(identity: string): string {
  return decode(identityRecord, identity)?.origin ?? digestText(identity);
}

function unitOf(event: WatchEvent): string | undefined {
  const key = parseKey(keyOf(event));
  return key?.kind === "assignment" ? key.unit : undefined;
}
