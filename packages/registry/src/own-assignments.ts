import type { Assignment, MachineID } from "@flotilla/model";
import type { Clock, Logger } from "@flotilla/runtime";
import { keyOf, type KeyValue, Mirror, type Store, type WatchEvent } from "@flotilla/store";
import { digestText } from "@flotilla/unit";
import { keys } from "./keys.ts";
import { assignmentRecord, decode } from "./records.ts";

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
  readonly #prefix: string;
  readonly #machineID: MachineID;
  readonly #assignments = new Map<string, Assignment>();
  #origin: { readonly identity: string; readonly digest: string } | undefined;

  constructor(options: OwnAssignmentsOptions) {
    const { store, clock, random, log, machineID } = options;
    this.#machineID = machineID;
    this.#prefix = keys.assignmentsOf(machineID);
    this.#mirror = new Mirror({ store, prefix: this.#prefix, witness: keys.identity, clock, random, log });
    this.#mirror.onChange(({ events }) => {
      for (const event of events) {
        if (event.type === "delete") this.#assignments.delete(this.#unitOf(event));
        else this.#put(this.#unitOf(event), event.entry, log);
      }
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
        events.map((event) => this.#unitOf(event)),
        replaced,
      );
    });
  }

  #unitOf(event: WatchEvent): string {
    return keyOf(event).slice(this.#prefix.length);
  }

  #put(unit: string, entry: KeyValue, log: Logger): void {
    const record = decode(assignmentRecord, entry.value);
    // A value that cannot be read says nothing: what is known of the unit stays, and nothing is stopped for it.
    if (!record) log.error("an assignment in the store cannot be read and is left out of account", { unit });
    else
      this.#assignments.set(unit, {
        unit,
        machineID: this.#machineID,
        ...record,
        since: entry.createRevision,
        revision: entry.modRevision,
      });
  }
}
