import type { ClusterEvent } from "@flotilla/model";
import { decode, eventBatchRecord } from "../records.ts";

/** The value of a key `event/`. */
export interface EventBatch {
  /** Undefined for an event that cannot be read: its place stays counted, so that the IDs of the others stay. */
  readonly events: readonly (ClusterEvent | undefined)[];
  /** In a store that was copied: the revision of the batch in the original. */
  readonly revision: number | undefined;
}

/** Returns undefined for a value that is no batch. */
export function decodeBatch(value: string): EventBatch | undefined {
  const record = decode(eventBatchRecord, value);
  if (!record) return undefined;
  return { events: record.events.map((event) => (isEvent(event) ? event : undefined)), revision: record.revision };
}

/** @param texts events as JSON. */
export function batchValue(texts: readonly string[]): string {
  return `{"events":[${texts.join(",")}]}`;
}

/** Checked by hand: a reader checks thousands of events at one time. */
function isEvent(value: unknown): value is ClusterEvent {
  if (typeof value !== "object" || value === null) return false;
  const event = value as Readonly<Record<string, unknown>>;
  return (
    TEXTS.every((name) => typeof event[name] === "string") &&
    OPTIONAL_TEXTS.every((name) => event[name] === undefined || typeof event[name] === "string") &&
    isTime(event["time"]) &&
    OPTIONAL_NUMBERS.every((name) => event[name] === undefined || isTime(event[name]))
  );
}

const TEXTS = ["kind", "sentence"];
const OPTIONAL_TEXTS = ["unit", "machine", "from", "fact", "cause"];
const OPTIONAL_NUMBERS = ["count", "first"];

/** The latest time that a `Date` can hold. */
const LAST_TIME = 8.64e15;

function isTime(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value <= LAST_TIME;
}
