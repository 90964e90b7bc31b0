import type { Clock, Logger } from "@flotilla/runtime";
import { keyOf, type KeyValue, Mirror, type Revision, type Store, type WatchEvent } from "@flotilla/store";
import { keys, parseKey } from "./keys.ts";
import { decode, memberRecord, removedMemberRecord } from "./records.ts";

/** The prefix of `member/` and `member-removed/`, so that both are read as of one revision. */
const PREFIX = "member";

export interface MembershipMirrorOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** In [0, 1); for the jitter of retries. */
  readonly random: () => number;
  readonly log: Logger;
}

/** A machine's membership, as a server compares it with the certificate of an agent. */
interface Membership {
  readonly generation: string;
  /** The revision of the key. A later membership of the machine has another one. */
  readonly revision: Revision;
}

/**
 * A live copy of all memberships, by which a server admits agents. During an outage of the store it shows the last known
 * memberships.
 */
export class MembershipMirror {
  readonly #mirror: Mirror;
  readonly #members = new Map<string, Membership>();
  /** The generation of each machine's membership that a person ended last. */
  readonly #removed = new Map<string, string>();
  readonly #listeners = new Set<(machineID: string) => void>();

  constructor(options: MembershipMirrorOptions) {
    this.#mirror = new Mirror({ ...options, prefix: PREFIX, witness: keys.identity });
    this.#mirror.onChange(({ events }) => events.forEach((event) => this.#take(event)));
  }

  /** False until the memberships have been read once. */
  get isKnown(): boolean {
    return this.#mirror.synced;
  }

  /** The number of machines that have joined. */
  get size(): number {
    return this.#members.size;
  }

  /** Returns the generation of a machine's membership; undefined if the machine is not a member. */
  generationOf(machineID: string): string | undefined {
    return this.#members.get(machineID)?.generation;
  }

  /** Returns a comparison that fails once the machine's membership has ended; undefined if the machine is not a member. */
  fenceOf(machineID: string): { readonly key: string; readonly modRevision: Revision } | undefined {
    const member = this.#members.get(machineID);
    return member && { key: keys.member(machineID), modRevision: member.revision };
  }

  /**
   * Whether a person has ended this membership. False for a membership that is unknown, for example because the store
   * was restored from a backup: nobody has decided that it ends.
   */
  isRemoved(machineID: string, generation: string): boolean {
    return generation !== "" && this.#removed.get(machineID) === generation;
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
    const entry = event.type === "put" ? event.entry : undefined;
    if (key?.kind === "removed-member") this.#takeRemoval(key.machineID, entry);
    else if (key?.kind === "member") this.#takeMember(key.machineID, entry);
  }

  #takeRemoval(machineID: string, entry: KeyValue | undefined): void {
    const generation = entry && decode(removedMemberRecord, entry.value)?.generation;
    if (generation === undefined) this.#removed.delete(machineID);
    else this.#removed.set(machineID, generation);
  }

  #takeMember(machineID: string, entry: KeyValue | undefined): void {
    const before = this.#members.get(machineID)?.generation;
    const now = entry && decode(memberRecord, entry.value)?.generation;
    if (entry === undefined || now === undefined) this.#members.delete(machineID);
    else this.#members.set(machineID, { generation: now, revision: entry.modRevision });
    if (before === undefined || before === now) return;
    for (const listener of this.#listeners) listener(machineID);
  }
}
