import type { KeyValue } from "@flotilla/store";
import { keys, type ParsedKey, parseKey } from "../keys.ts";
import { assignmentRecord, attemptsRecord, decode, eventBatchRecord } from "../records.ts";

/**
 * How a key gets into a copy of the store.
 * - `same`: with the same value. No revision of the original is in the value, or none that a later reader compares.
 * - `identity`: the value gets the identity of the assignment, which is the create revision in the original.
 * - `order`: the value gets the revision at which it was written in the original, which orders events.
 * - `of-unit`: the value names the unit's revision, so the copy names the unit's revision in the copy.
 * - `left-out`: the key belongs to the original alone.
 */
type Treatment = "same" | "identity" | "order" | "of-unit" | "left-out";

/**
 * The treatment of each kind of key. The type asks for the decision about a new kind: does its value hold a revision of
 * the store? Keys of unknown kinds are copied as they are.
 */
const TREATMENT: Readonly<Record<ParsedKey["kind"], Treatment>> = {
  file: "same",
  // `restart` is a number that only has to grow, and revisions of a copy are higher than all of the original.
  unit: "same",
  attempts: "of-unit",
  runs: "same",
  assignment: "identity",
  mirror: "same",
  // The agent publishes `cleared` again once it sees the assignment's new revision.
  state: "same",
  machine: "same",
  "machine-settings": "same",
  member: "same",
  "removed-member": "same",
  server: "same",
  rotation: "same",
  departure: "same",
  publisher: "same",
  // No engine leads while the store is copied.
  leader: "left-out",
  attendance: "same",
  "attendance-entry": "same",
  release: "same",
  secret: "same",
  authority: "same",
  "secrets-key": "same",
  identity: "same",
  token: "same",
  "token-use": "same",
  events: "order",
  // Revisions of a copy are higher than all of the original.
  "event-floor": "same",
  base: "left-out",
  move: "left-out",
};

export function treatmentOf(key: string): Treatment {
  const kind = parseKey(key)?.kind;
  return kind ? TREATMENT[kind] : "same";
}

/** Returns the value of a key whose value depends on no other key. */
export function firstValue(entry: Pick<KeyValue, "key" | "value" | "createRevision" | "modRevision">): string {
  switch (treatmentOf(entry.key)) {
    case "identity":
      return withIdentity(entry);
    case "order":
      return withOrder(entry);
    default:
      return entry.value;
  }
}

/** The key whose revision the value names; undefined unless the treatment is `of-unit`. */
export function unitKeyOf(key: string): string {
  const parsed = parseKey(key);
  return keys.unit(parsed && "unit" in parsed ? parsed.unit : "");
}

/**
 * Returns the value of an assignment in the copy. An unreadable value stays as it is: the leader of the copy writes the
 * assignment again.
 */
export function withIdentity({ value, createRevision }: Pick<KeyValue, "value" | "createRevision">): string {
  const record = decode(assignmentRecord, value);
  if (!record) return value;
  return JSON.stringify({ ...(JSON.parse(value) as object), since: record.since || createRevision });
}

/** Returns the value of a batch of events in the copy, in which the events keep their order and their IDs. */
export function withOrder({ value, modRevision }: Pick<KeyValue, "value" | "modRevision">): string {
  const record = decode(eventBatchRecord, value);
  if (!record || record.revision !== undefined) return value;
  return JSON.stringify({ ...(JSON.parse(value) as object), revision: modRevision });
}

/**
 * Returns the value of failed attempts in the copy.
 * @param revisions the unit's revision in the original and in the copy. Attempts of an earlier revision do not count in
 * either.
 */
export function ofUnit(value: string, revisions: { readonly original: number; readonly copy: number }): string {
  const record = decode(attemptsRecord, value);
  if (!record || record.unitRevision !== revisions.original) return value;
  return JSON.stringify({ ...(JSON.parse(value) as object), unitRevision: revisions.copy });
}
