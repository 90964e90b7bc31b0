import type { ClusterSnapshot, MachineID, NewEvent } from "@flotilla/model";
import type { AssignmentRegistry, ClusterChange, ClusterView } from "@flotilla/registry";
import type { Decision, Steps } from "@flotilla/schedule";
import type { Absences } from "../absence/absences.ts";
import { AssignmentBatches } from "../controller/assignment-batches.ts";
import type { Controller, LogLine, PassInput, WriteOutcome } from "../controller/controller.ts";
import type { FencedWriter } from "../controller/fenced-writer.ts";
import { eventsOfChange } from "../events/change-events.ts";
import { lineOfChange } from "../scheduling/decision-lines.ts";
import { decideLeftovers } from "./decide-leftovers.ts";

/** The least time between two checks of the absent machines, milliseconds. */
const EVERY_MS = 60_000;

/** A machine counts as gone for good after an absence of this length, milliseconds. */
const GONE_AFTER_MS = 3_600_000;

/** Why global units leave a machine. */
const ABSENT = "the machine has been absent for 1 h";
const REMOVED = "the machine was removed from the cluster";

/** The most assignments that one pass deletes. */
const MOST_AT_ONCE = 64;

interface Seen extends Pick<PassInput, "now"> {
  readonly snapshot: Pick<ClusterSnapshot, "assignmentsOn" | "units">;
  readonly absences: Pick<Absences, "all" | "isRemoved">;
}

/**
 * Removes the assignments of global units from machines that are gone for good: from a machine that was removed from the
 * cluster at once, from others in the periodic pass.
 */
export class GoneMachinesController implements Controller<Decision> {
  readonly #batches: AssignmentBatches;
  #nextLook = 0;

  constructor(assignments: AssignmentRegistry) {
    this.#batches = new AssignmentBatches(assignments);
  }

  wakes(change: ClusterChange, { removed }: Pick<ClusterView, "removed">): boolean {
    return isLoss(change) && removed.has(change.machineID);
  }

  note(change: ClusterChange): void {
    if (isLoss(change)) this.#nextLook = 0;
  }

  // oxlint-disable-next-line require-yield
  *steps({ snapshot, absences, now }: Seen): Steps<readonly Decision[]> {
    if (now.monotonic < this.#nextLook) return [];
    const gone = new Map<MachineID, string>();
    for (const [id, { since }] of absences.all)
      if (absences.isRemoved(id)) gone.set(id, REMOVED);
      else if (now.monotonic - since >= GONE_AFTER_MS) gone.set(id, ABSENT);
    const decisions = decideLeftovers(gone, snapshot);
    if (decisions.length <= MOST_AT_ONCE) this.#nextLook = now.monotonic + EVERY_MS;
    return decisions.slice(0, MOST_AT_ONCE);
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
}

function isLoss(change: ClusterChange): change is Extract<ClusterChange, { kind: "machine" }> {
  return change.kind === "machine" && change.value === undefined;
}
