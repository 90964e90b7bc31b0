import type { AssignmentStep } from "@flotilla/model";
import { type AssignmentRegistry, fits } from "@flotilla/registry";
import type { LeaderDecision, WriteOutcome } from "./controller.ts";
import type { FencedWriter } from "./fenced-writer.ts";

export type AssignmentDecision = LeaderDecision & AssignmentStep;

/** More decisions than fit into any transaction. */
const MOST_AT_ONCE = 128;

/** Writes decisions about assignments, as many in one transaction as fit. */
export class AssignmentBatches {
  readonly #assignments: AssignmentRegistry;
  /** How many decisions share a transaction: fewer after one was refused, because a transaction fails as a whole. */
  #most = MOST_AT_ONCE;

  constructor(assignments: AssignmentRegistry) {
    this.#assignments = assignments;
  }

  /** @throws like FencedWriter.apply. */
  async write<D extends AssignmentDecision>(
    decisions: readonly D[],
    writer: FencedWriter<D>,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    let outcome: WriteOutcome = "outdated";
    for (let from = 0; from < decisions.length;) {
      const window = decisions.slice(from, from + MOST_AT_ONCE);
      const batch = window.slice(0, fits(window, this.#most));
      from += batch.length;
      const send = (leadership: Parameters<AssignmentRegistry["apply"]>[0]) =>
        this.#assignments.apply(leadership, batch, signal);
      if (await writer.apply(batch, send)) {
        this.#most = Math.min(MOST_AT_ONCE, this.#most * 2);
        outcome = "written";
        continue;
      }
      this.#most = Math.max(1, Math.floor(batch.length / 2));
      // The next pass sees the change that made the write fail. If the batch is a single decision, the decision waits
      // for a later pass, and the other decisions are written.
      if (batch.length > 1) return "retry";
    }
    return outcome;
  }
}
