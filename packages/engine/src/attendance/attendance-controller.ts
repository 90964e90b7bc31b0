import type { Attendance, Hold, NewEvent } from "@flotilla/model";
import { type AttendanceRegistry, type ClusterChange, type ClusterView, ConflictError } from "@flotilla/registry";
import type { Clock } from "@flotilla/runtime";
import type { MassLossRules, Steps } from "@flotilla/schedule";
import type { Absences } from "../absence/absences.ts";
import { machinesOf } from "../absence/machines-of.ts";
import type { Controller, LogLine, PassInput, WriteOutcome } from "../controller/controller.ts";
import { earliestAfter } from "../controller/earliest-after.ts";
import type { FencedWriter } from "../controller/fenced-writer.ts";
import { type Departed, eventsOfAttendance } from "../events/attendance-events.ts";
import { linesOfAttendance } from "./attendance-lines.ts";
import { type AttendanceDecision, decideAttendance } from "./decide-attendance.ts";
import { overdueMachines } from "./heartbeats.ts";

export interface AttendanceOptions {
  readonly registry: AttendanceRegistry;
  /** The attendance in the store, kept current by the feed. */
  readonly stored: ClusterView["storedAttendance"];
  /** Why machines are gone, for events. */
  readonly departed: Departed;
  readonly rules: MassLossRules;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Called in each pass with the present hold. */
  readonly onHold?: ((hold: Hold | undefined) => void) | undefined;
}

/**
 * Keeps the attendance: which machines are present or missing, and whether many vanished together. It decides before the
 * scheduler does, so that the extent of a loss is known before the first unit moves.
 */
export class AttendanceController implements Controller<AttendanceDecision> {
  readonly #options: AttendanceOptions;
  /** All machines of the attendance are present, and have been since the last pass. */
  #isComplete = false;
  /** The pass before this one asked for heartbeats and wrote the attendance. */
  #hasJustAsked = false;
  #dueAt: number | undefined;

  constructor(options: AttendanceOptions) {
    this.#options = options;
  }

  get dueAt(): number | undefined {
    return this.#dueAt;
  }

  wakes({ kind }: ClusterChange): boolean {
    return kind === "machine" || kind === "hold";
  }

  note({ kind }: ClusterChange): void {
    if (kind === "machine" || kind === "hold") this.#isComplete = false;
  }

  /** Asks for heartbeats when a machine was lost: machines that miss one count as lost together with it. */
  observe(view: ClusterView, absences: Absences, signal: AbortSignal): Promise<void> | undefined {
    if (this.#isComplete) return undefined;
    const hasJustAsked = this.#hasJustAsked;
    this.#hasJustAsked = false;
    if (!view.attendance.hold && !absences.anyOf(view.attendance)) {
      absences.overdue = new Set();
      return undefined;
    }
    const isChanged = this.#decide(view, absences, this.#options.clock.wall()) !== undefined;
    const mustAsk = isChanged || (absences.overdue.size > 0 && !hasJustAsked);
    return mustAsk ? this.#ask(view, absences, signal) : undefined;
  }

  // A single step, because it takes only some milliseconds for ten thousand machines, and nothing while all are
  // present.
  // oxlint-disable-next-line require-yield
  *steps({ snapshot, absences, now }: PassInput): Steps<readonly AttendanceDecision[]> {
    const { attendance } = snapshot;
    this.#options.onHold?.(attendance.hold);
    if (this.#isComplete) return [];
    const decision = this.#decide(snapshot, absences, now.wall);
    this.#isComplete = !decision && !attendance.hold && !absences.anyOf(attendance);
    this.#dueAt = this.#isComplete ? undefined : this.#nextEnd(attendance, absences, now.monotonic);
    return decision ? [decision] : [];
  }

  /** @throws ConflictError if the attendance could not be written: the scheduler must not decide on it. */
  async write(
    [decision]: readonly AttendanceDecision[],
    writer: FencedWriter<AttendanceDecision>,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    const { registry, stored, onHold } = this.#options;
    if (!decision) return "outdated";
    const isWritten = await writer.apply([decision], (leadership) =>
      registry.write(leadership, stored, decision.attendance, signal),
    );
    if (!isWritten) throw new ConflictError("cannot write the attendance; the leader decides again");
    this.#hasJustAsked = true;
    onHold?.(decision.attendance.hold);
    return "written";
  }

  linesOf(decision: AttendanceDecision): readonly LogLine[] {
    return linesOfAttendance(decision);
  }

  eventsOf(decision: AttendanceDecision): readonly NewEvent[] {
    return eventsOfAttendance(decision, this.#options.departed);
  }

  async #ask(view: ClusterView, absences: Absences, signal: AbortSignal): Promise<void> {
    const { registry, rules, random } = this.#options;
    absences.overdue = await overdueMachines(view, { registry, share: rules.share, random }, signal);
  }

  #decide(cluster: Pick<ClusterView, "attendance" | "machines">, absences: Absences, now: number) {
    return decideAttendance(cluster.attendance, absences.observed(cluster), this.#options.rules, now);
  }

  /** The earliest time at which a missing machine counts as away, the hold ends, or silence counts again. */
  #nextEnd(attendance: Attendance, absences: Absences, now: number): number | undefined {
    const { windowMs, holdMs } = this.#options.rules;
    const { settledAt, heldSince } = absences;
    const ends = [settledAt, (heldSince ?? Number.NEGATIVE_INFINITY) + holdMs];
    for (const id of machinesOf(attendance)) {
      const absence = absences.all.get(id);
      if (absence) ends.push(Math.max(absence.since, settledAt) + windowMs);
    }
    return earliestAfter(now, ends);
  }
}
