import type { ClusterSnapshot } from "@flotilla/model";
import type { AssignmentRegistry } from "@flotilla/registry";
import type { Decision, Steps } from "@flotilla/schedule";
import type { Absences } from "../absence/absences.ts";
import { AssignmentBatches } from "../controller/assignment-batches.ts";
import type { Controller, LogLine, PassInput, WriteOutcome } from "../controller/controller.ts";
import type { FencedWriter } from "../controller/fenced-writer.ts";
import { lineOfChange } from "../scheduling/decision-lines.ts";
import { decideLeftovers } from "./decide-leftovers.ts";

/** The least time between two checks of the absent machines, milliseconds. */
const EVERY_MS = 60_000;

/** A machine counts as gone for good after an absence of this length, milliseconds. */
const GONE_AFTER_MS = 3_600_000;
const GONE_AFTER = "1 h";

/** The most assignments that one pass deletes. */
const MOST_AT_ONCE = 64;

interface Seen extends Pick<PassInput, "now"> {
  readonly snapshot: Pick<ClusterSnapshot, "assignmentsOn" | "units">;
  readonly absences: Pick<Absences, "all">;
}

/** Removes the assignments of global units from machines that are gone for good. The periodic pass is soon enough. */
export class GoneMachinesController implements Controller<Decision> {
  readonly #batches: AssignmentBatches;
  #nextLook = 0;

  constructor(assignments: AssignmentRegistry) {
    this.#batches = new AssignmentBatches(assignments);
  }

  wakes(): boolean {
    return false;
  }

  // oxlint-disable-next-line require-yield
  *steps({ snapshot, absences, now }: Seen): Steps<readonly Decision[]> {
    if (now.monotonic < this.#nextLook) return [];
    const gone: string[] = [];
    for (const [id, { since }] of absences.all) if (now.monotonic - since >= GONE_AFTER_MS) gone.push(id);
    const decisions = decideLeftovers(gone, snapshot, GONE_AFTER);
    if (decisions.length <= MOST_AT_ONCE) this.#nextLook = now.monotonic + EVERY_MS;
    return decisions.slice(0, MOST_AT_ONCE);
  }

  write(decisions: readonly Decision[], writer: FencedWriter<Decision>, signal: AbortSignal): Promise<WriteOutcome> {
    return this.#batches.write(decisions, writer, signal);
  }

  linesOf(decision: Decision): readonly LogLine[] {
    return [lineOfChange(decision)];
  }
}
