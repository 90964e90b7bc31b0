import type { Clock, Logger } from "@flotilla/runtime";
import { keyOf, Mirror, type Store, type WatchEvent } from "@flotilla/store";
import { keys, parseKey } from "./keys.ts";
import { decode, memberRecord } from "./records.ts";

export interface MembershipMirrorOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** In [0, 1); for the jitter of retries. */
  readonly random: () => number;
  readonly log: Logger;
}

/**
 * A live copy of all memberships, by which a server admits agents. During an outage of the store it shows the last known
 * memberships.
 */
export class MembershipMirror {
  readonly #mirror: Mirror;
  readonly #generations = new Map<string, string>();
  readonly #listeners = new Set<(machineID: string) => void>();

  constructor(options: MembershipMirrorOptions) {
    this.#mirror = new Mirror({ ...options, prefix: keys.members, witness: keys.identity });
    this.#mirror.onChange(({ events }) => events.forEach((event) => this.#take(event)));
  }

  /** False until the memberships have been read once. */
  get isKnown(): boolean {
    return this.#mirror.synced;
  }

  /** The number of machines that have joined. */
  get size(): number {
    return this.#generations.size;
  }

  /** Returns the generation of a machine's membership; undefined if the machine is not a member. */
  generationOf(machineID: string): string | undefined {
    return this.#generations.get(machineID);
  }

  /**
   * Calls `listener` when a membership has ended, also if the machine has already joined again. Returns a function that
   * removes the listener.
   */
  onEnded(listener: (machineID: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves once the copy shows every write that any client had made before this call; see Mirror.fresh. */
  fresh(signal: AbortSignal): Promise<void> {
    return this.#mirror.fresh(signal);
  }

  /** Keeps the copy current until `signal` aborts; see Mirror.run. */
  run(signal: AbortSignal): Promise<void> {
    return this.#mirror.run(signal);
  }

  #take(event: WatchEvent): void {
    const key = parseKey(keyOf(event));
    if (key?.kind !== "member") return;
    const { machineID } = key;
    const before = this.#generations.get(machineID);
    const now = event.type === "put" ? decode(memberRecord, event.entry.value)?.generation : undefined;
    if (before === now) return;
    if (now === undefined) this.#generations.delete(machineID);
    else this.#generations.set(machineID, now);
    if (before !== undefined) for (const listener of this.#listeners) listener(machineID);
  }
}
