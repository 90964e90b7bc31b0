import type { KeyValue, Revision } from "./key-value.ts";

export interface WatchRequest {
  /** Selects every key that starts with this text. */
  readonly prefix: string;
  /** Selects only the key that equals `prefix`. */
  readonly exact?: boolean;
  /** At most one more than a revision that the store has returned. */
  readonly from: Revision;
  /**
   * Returns a revision that the store has returned, if the caller knows a higher one than `from - 1`. A watch checks on
   * each new connection that the store has reached it.
   */
  readonly reached?: () => Revision;
  readonly witness?: Witness;
}

/**
 * A key that is written once in the life of a store, with a value that no other store has. It tells a store from its
 * replacement even when the replacement has reached a higher revision. A watch checks it on each new connection.
 */
export interface Witness {
  readonly key: string;
  readonly value: string;
}

export type WatchEvent =
  | { readonly type: "put"; readonly entry: KeyValue }
  | { readonly type: "delete"; readonly key: string; readonly modRevision: Revision };

export interface WatchBatch {
  /** In ascending order of revision. All events of one revision are in one batch. May be empty (progress). */
  readonly events: readonly WatchEvent[];
  /** The watch has delivered every change under the prefix up to and including this revision. */
  readonly revision: Revision;
}

/** The key that the event is about. */
export function keyOf(event: WatchEvent): string {
  return event.type === "put" ? event.entry.key : event.key;
}

export function revisionOf(event: WatchEvent): Revision {
  return event.type === "put" ? event.entry.modRevision : event.modRevision;
}

/** Whether the watch delivers the events of the key. */
export function selects({ prefix, exact = false }: Pick<WatchRequest, "prefix" | "exact">, key: string): boolean {
  return exact ? key === prefix : key.startsWith(prefix);
}
