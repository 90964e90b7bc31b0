import { type ClusterSnapshot, isStarted } from "@flotilla/model";
import { failureHere, pauseAfter } from "@flotilla/schedule";

/** A unit that has run for this long, in milliseconds, has recovered from its failed attempts. */
const RECOVERED_AFTER_MS = 3_600_000;

/** The present condition of a unit with failed attempts. */
interface Condition {
  readonly is: "failing" | "running" | "neither";
  /** The `since` of the attempt that failed last. */
  readonly since: number;
  /** When the condition has lasted long enough to matter, monotonic milliseconds. */
  readonly dueAt: number;
}

/** How long units with failed attempts have been failing where they are, or running well. */
export class FailureTimers {
  readonly #conditions = new Map<string, Condition>();

  /** @param now monotonic milliseconds. */
  update(name: string, snapshot: ClusterSnapshot, now: number): void {
    const failed = snapshot.attempts.get(name)?.failed;
    const unit = snapshot.units.get(name);
    if (!failed || !unit) {
      this.#conditions.delete(name);
      return;
    }
    const since = failed.at(-1)?.since ?? 0;
    const is = failureHere(unit, snapshot) ? "failing" : isRunning(name, snapshot) ? "running" : "neither";
    const known = this.#conditions.get(name);
    if (known?.is === is && known.since === since) return;
    const dueAt = now + (is === "failing" ? pauseAfter(failed) : RECOVERED_AFTER_MS);
    this.#conditions.set(name, { is, since, dueAt });
  }

  /** Units that have been failing for as long as `pauseAfter` says. */
  rested(now: number): Set<string> {
    return this.#due("failing", now);
  }

  recovered(now: number): Set<string> {
    return this.#due("running", now);
  }

  *ends(): Iterable<number> {
    for (const { is, dueAt } of this.#conditions.values()) if (is !== "neither") yield dueAt;
  }

  #due(wanted: Condition["is"], now: number): Set<string> {
    const names = new Set<string>();
    for (const [name, { is, dueAt }] of this.#conditions) if (is === wanted && now >= dueAt) names.add(name);
    return names;
  }
}

function isRunning(name: string, { states }: ClusterSnapshot): boolean {
  for (const state of states.get(name)?.values() ?? []) if (isStarted(state)) return true;
  return false;
}
