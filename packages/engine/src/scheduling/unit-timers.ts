import type { ClusterSnapshot, MachineID } from "@flotilla/model";
import type { ClusterChange } from "@flotilla/registry";
import type { Moment, Span } from "@flotilla/schedule";
import type { Absences } from "../absence/absences.ts";
import type { Now } from "../controller/now.ts";
import { earliestAfter } from "../controller/earliest-after.ts";
import { DrainTimes } from "../drains/drain-times.ts";
import { FailureTimers } from "./failure-timers.ts";
import { ReplacementTimers } from "./replacement-timers.ts";
import { Trials } from "./trials.ts";

/**
 * The facts about time that the scheduler needs. This leader measures them by its own clock, from when it first saw a
 * condition. A new leader starts from zero, because it does not trust another machine's clock.
 */
export class UnitTimers {
  readonly #exclusiveMs: number;
  readonly #failures = new FailureTimers();
  readonly #replacements = new ReplacementTimers();
  readonly #trials = new Trials();
  readonly #drains = new DrainTimes();
  /** Units to examine again; undefined for all. */
  #changed: Set<string> | undefined;

  /** @param exclusiveMs how long a machine must be silent until its guard has stopped its exclusive units. */
  constructor(exclusiveMs: number) {
    this.#exclusiveMs = exclusiveMs;
  }

  note(change: ClusterChange): void {
    this.#drains.note(change);
    if ("unit" in change) this.#changed?.add(change.unit);
  }

  awaitsFirstRun(unit: string): boolean {
    return this.#trials.awaitsFirstRun(unit);
  }

  moment(snapshot: ClusterSnapshot, absences: Absences, now: Now): Moment {
    const changed = this.#changed ?? unitsOf(snapshot);
    this.#changed = new Set();
    for (const name of changed) {
      this.#failures.update(name, snapshot, now.monotonic);
      this.#replacements.update(name, snapshot, now.monotonic);
      this.#trials.begin(name, snapshot);
    }
    this.#trials.update(snapshot, now);
    this.#drains.update(snapshot, now);
    return {
      now: now.wall,
      rested: this.#failures.rested(now.monotonic),
      recovered: this.#failures.recovered(now.monotonic),
      steady: this.#replacements.steady(now.monotonic),
      gone: this.#gone(snapshot, absences, now.monotonic),
      overdue: this.#drains.overdue(now.monotonic),
      onTrial: this.#trials.names,
      lastStarts: lastStartsOn(snapshot, absences),
    };
  }

  /** The next time after `now` at which one of the facts changes. */
  nextEnd(absences: Absences, now: number): number | undefined {
    const silences = absences.all
      .values()
      .map(({ silentSince }) => (silentSince === undefined ? undefined : silentSince + this.#exclusiveMs));
    const ends = [this.#failures.ends(), this.#replacements.ends(), this.#trials.ends(), this.#drains.ends(), silences];
    return earliestAfter(
      now,
      ends.map((each) => earliestAfter(now, each)),
    );
  }

  /** Machines whose guard has stopped their exclusive units. */
  #gone({ assignmentsOn }: ClusterSnapshot, absences: Absences, now: number): Set<MachineID> {
    const gone = new Set<MachineID>();
    for (const [id, { silentSince }] of absences.all) {
      if (silentSince === undefined || !assignmentsOn.has(id)) continue;
      // mutation: time for the guard
      if (now - silentSince >= this.#exclusiveMs) gone.add(id);
    }
    return gone;
  }
}

function lastStartsOn({ assignmentsOn }: ClusterSnapshot, absences: Absences): ReadonlyMap<MachineID, Span> {
  const spans = new Map<MachineID, Span>();
  for (const [id, { lastStarts }] of absences.all) if (assignmentsOn.has(id)) spans.set(id, lastStarts);
  return spans;
}

function unitsOf({ attempts, assignments, units }: ClusterSnapshot): Set<string> {
  return new Set([...attempts.keys(), ...assignments.keys(), ...units.keys()]);
}
