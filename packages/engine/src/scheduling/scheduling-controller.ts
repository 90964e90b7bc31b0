import {
  type Strategy,
  type EventRecorder,
  hasRestarted,
  isStarted,
  type NewEvent,
  type Unit,
  type UnitState,
} from "@flotilla/model";
import type { AssignmentRegistry, ClusterChange, ClusterView } from "@flotilla/registry";
import type { Clock, Logger } from "@flotilla/runtime";
import type { Decided, Decision, Steps } from "@flotilla/schedule";
import { AssignmentBatches } from "../controller/assignment-batches.ts";
import type { Controller, LogLine, PassInput, WriteOutcome } from "../controller/controller.ts";
import type { FencedWriter } from "../controller/fenced-writer.ts";
import { eventsOfChange } from "../events/change-events.ts";
import type { EngineObserver } from "../options.ts";
import { withTriggers } from "../runs/with-triggers.ts";
import { lineOfChange } from "./decision-lines.ts";
import { KeptPlan } from "./kept-plan.ts";
import { RefusalLog } from "./refusal-log.ts";
import { UnitTimers } from "./unit-timers.ts";

export interface SchedulingOptions {
  readonly assignments: AssignmentRegistry;
  /** How long a machine must be silent until its guard has stopped its exclusive units, milliseconds. */
  readonly exclusiveMs: number;
  /** The least time between two full checks, milliseconds. */
  readonly interval: number;
  /** The cluster's, for units without their own. Default: spread. */
  readonly strategy?: Strategy | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventRecorder;
  readonly observer: Pick<EngineObserver, "onDecisions" | "onDisagreement">;
}

/** Gives each unit its machine: runs the scheduler, and writes the assignments that it decides on. */
export class SchedulingController implements Controller<Decision> {
  readonly #options: SchedulingOptions;
  readonly #plan: KeptPlan;
  readonly #timers: UnitTimers;
  readonly #batches: AssignmentBatches;
  readonly #refusals: RefusalLog;
  #dueAt: number | undefined;

  constructor(options: SchedulingOptions) {
    this.#options = options;
    const { interval, strategy, clock, log, observer, events } = options;
    this.#plan = new KeptPlan({ interval, strategy, clock, log, onDisagreement: observer.onDisagreement });
    this.#timers = new UnitTimers(options.exclusiveMs);
    this.#batches = new AssignmentBatches(options.assignments);
    this.#refusals = new RefusalLog(log, events);
  }

  get dueAt(): number | undefined {
    return this.#dueAt;
  }

  wakes(change: ClusterChange, { assignments, units }: Pick<ClusterView, "assignments" | "units">): boolean {
    if (change.kind === "leader") return false;
    if (change.kind !== "state") return true;
    const { unit, value } = change;
    return (
      value?.gaveUp === true ||
      (value?.cleared ?? 0) > 0 ||
      units.get(unit)?.requirements.minAvailable !== undefined ||
      isRestarted(value, units.get(unit)) ||
      (value !== undefined && isStarted(value) && this.#timers.awaitsFirstRun(unit)) ||
      [...(assignments.get(unit)?.values() ?? [])].some(({ leaving }) => leaving)
    );
  }

  note(change: ClusterChange): void {
    this.#plan.note(change);
    this.#timers.note(change);
  }

  *steps({ snapshot, absences, now }: PassInput): Steps<readonly Decision[]> {
    const moment = this.#timers.moment(snapshot, absences, now);
    this.#dueAt = this.#timers.nextEnd(absences, now.monotonic);
    const decided = yield* this.#plan.steps(snapshot, moment);
    this.#tellRefusals(decided);
    return decided.toWrite.map((decision) => withTriggers(decision, snapshot, now.wall));
  }

  write(decisions: readonly Decision[], writer: FencedWriter<Decision>, signal: AbortSignal): Promise<WriteOutcome> {
    return this.#batches.write(decisions, writer, signal);
  }

  linesOf(decision: Decision): readonly LogLine[] {
    return [lineOfChange(decision)];
  }

  eventsOf(decision: Decision): readonly NewEvent[] {
    return eventsOfChange(decision);
  }

  #tellRefusals(decided: Decided): void {
    const { refused, lookedAt, setAside } = decided;
    this.#refusals.unplaceable(decided);
    this.#refusals.setAside(setAside);
    this.#options.observer.onDecisions?.(
      "refused",
      [...lookedAt].flatMap((name) => refused.get(name) ?? []),
    );
  }
}

/** Whether the copy of a global unit has restarted as requested, so that it is the next copy's turn. */
function isRestarted(state: UnitState | undefined, unit: Unit | undefined): boolean {
  if (!unit || (unit.restart === 0 && unit.secrets === 0) || !unit.requirements.global) return false;
  return hasRestarted(state, unit);
}
