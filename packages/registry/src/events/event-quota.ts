import type { EventKind } from "@flotilla/model";

/** How many events of a class pass at one time. */
const BURST = 4_000;

/** How many more pass in each second. */
const A_SECOND = 5;

/** What people do, what happens to machines, and what happens to units: a flood of one class does not hide the others. */
type EventClass = "acts" | "machines" | "units";

interface Bucket {
  left: number;
  /** Monotonic milliseconds. */
  at: number;
}

/** Limits how many events are written, and counts the others. */
export class EventQuota {
  readonly #buckets = new Map<EventClass, Bucket>();
  readonly #leftOut = new Map<EventKind, number>();

  /** Whether the event may be written. @param now monotonic milliseconds. */
  take(kind: EventKind, now: number): boolean {
    const name = classOf(kind);
    const bucket = this.#buckets.get(name) ?? { left: BURST, at: now };
    this.#buckets.set(name, bucket);
    bucket.left = Math.min(BURST, bucket.left + ((now - bucket.at) / 1_000) * A_SECOND);
    bucket.at = now;
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }

  leaveOut(kind: EventKind): void {
    this.#leftOut.set(kind, (this.#leftOut.get(kind) ?? 0) + 1);
  }

  /** Returns how many events were left out since the last call, as a sentence; undefined for none. */
  takeLeftOut(): string | undefined {
    if (this.#leftOut.size === 0) return undefined;
    const counts = [...this.#leftOut].map(([kind, count]) => `${count} ${kind}`);
    this.#leftOut.clear();
    return `events were left out, because there were too many at one time: ${counts.join(", ")}`;
  }
}

function classOf(kind: EventKind): EventClass {
  if (kind === "act") return "acts";
  return /^(machine-|hold-|leader$|left-out$)/.test(kind) ? "machines" : "units";
}
