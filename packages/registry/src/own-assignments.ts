import type { Assignment, MachineID } from "@flotilla/model";
import type { Clock, Logger } from "@flotilla/runtime";
import { keyOf, type KeyValue, Mirror, type Store, type WatchEvent } from "@flotilla/store";
import { digestText } from "@flotilla/unit";
import { keys, parseKey } from "./keys.ts";
import { assignmentRecord, decode } from "./records.ts";
import { MALFORMED, UNREADABLE, UnreadableKeys } from "./unreadable-keys.ts";

export interface OwnAssignmentsOptions {
  readonly store: Store;
  readonly machineID: MachineID;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** What the engine wants of one machine: the only part of the store that its agent follows. */
export class OwnAssignments {
  readonly #mirror: Mirror;
  readonly #garbage: UnreadableKeys;
  readonly #unreadable = new Set<string>();
  readonly #machineID: MachineID;
  readonly #assignments = new Map<string, Assignment>();
  #origin: { readonly identity: string; readonly digest: string } | undefined;

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

  /** Until this is true the assignments are not known, and nothing may be concluded from their absence. */
  get synced(): boolean {
    return this.#mirror.synced;
  }

  /**
   * Which store the assignments come from: another one has another cluster identity. Undefined while the
   * store has none.
   */
  get origin(): string | undefined {
    const identity = this.#mirror.witness;
    if (identity === undefined) return undefined;
    // Asked for with every launch record.
    if (this.#origin?.identity !== identity) this.#origin = { identity, digest: digestText(identity) };
    return this.#origin.digest;
  }

  /** What `all` shows is the store's state at this revision. */
  get revision(): number {
    return this.#mirror.revision;
  }

  get all(): ReadonlyMap<string, Assignment> {
    return this.#assignments;
  }

  /** Units whose assignments stand in the store and cannot be read: nothing may be concluded from their absence in `all`. */
  get unreadable(): ReadonlySet<string> {
    return this.#unreadable;
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#mirror.run(signal);
  }

  /**
   * Resolves when `all` shows everything that anyone had written before this call.
   * @throws StoreUnavailableError or StoreTimeoutError while the store is away; the signal's reason.
   */
  async fresh(signal: AbortSignal): Promise<void> {
    await this.#mirror.fresh(signal);
  }

  /**
   * Calls back with the names of the units whose assignment has changed; `replaced` when the reason is that
   * another store, or an older state of the same, has come in this one's place.
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
    // A value that cannot be read says nothing: what is known of the unit stays, and nothing is stopped for it.
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
      since: entry.createRevision,
      revision: entry.modRevision,
    });
  }
}

function unitOf(event: WatchEvent): string | undefined {
  const key = parseKey(keyOf(event));
  return key?.kind === "assignment" ? key.unit : undefined;
}
