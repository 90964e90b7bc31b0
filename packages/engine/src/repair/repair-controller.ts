import type { NewEvent } from "@flotilla/model";
import type { AssignmentRegistry, ClusterChange } from "@flotilla/registry";
import type { Steps } from "@flotilla/schedule";
import { AssignmentBatches } from "../controller/assignment-batches.ts";
import type { Controller, LogLine, PassInput, WriteOutcome } from "../controller/controller.ts";
import type { FencedWriter } from "../controller/fenced-writer.ts";
import { decideRepairs, type RepairDecision } from "./decide-repairs.ts";

/** Repairs assignments that cannot be read, before anything is decided on the others. */
export class RepairController implements Controller<RepairDecision> {
  readonly #batches: AssignmentBatches;

  constructor(assignments: AssignmentRegistry) {
    this.#batches = new AssignmentBatches(assignments);
  }

  wakes({ kind }: ClusterChange): boolean {
    return kind === "assignment";
  }

  // oxlint-disable-next-line require-yield
  *steps({ snapshot, live }: PassInput): Steps<readonly RepairDecision[]> {
    return live ? decideRepairs(live.brokenAssignments, snapshot) : [];
  }

  write(
    decisions: readonly RepairDecision[],
    writer: FencedWriter<RepairDecision>,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    return this.#batches.write(decisions, writer, signal);
  }

  linesOf({ kind, unit, on, sentence }: RepairDecision): readonly LogLine[] {
    const message = kind === "repair" ? "unreadable assignment written again" : "unreadable assignment deleted";
    return [{ level: "error", message, fields: { unit, machine: on, reason: sentence } }];
  }

  eventsOf({ unit, on, sentence }: RepairDecision): readonly NewEvent[] {
    return [{ kind: "repaired", unit, machine: on, sentence }];
  }
}
