import type { FakeJob } from "./fake-job.ts";
import type { UnitDefinition } from "./unit-definition.ts";

/** What the fake systemd holds in memory of a unit. */
export interface FakeUnit {
  /** The text that was loaded: not the file's once that has changed without a reload; empty when there was none. */
  readonly loadedText: string;
  readonly definition: UnitDefinition;
  readonly loadState: string;
  readonly activeState: string;
  readonly subState: string;
  readonly result: string;
  readonly job?: FakeJob | undefined;
  /** Processes that an earlier stop has left in its control group. */
  readonly hasLeftovers?: boolean;
  /** Before systemd starts it again. */
  readonly pause?: RestartPause | undefined;
  /** When it was started, for StartLimitBurst=. */
  readonly startedAt?: readonly number[];
}

/** RestartSec= goes by, unless something else is asked of the unit meanwhile. */
export interface RestartPause {
  readonly abort: AbortController;
  /** Rejects when it is aborted. */
  readonly over: Promise<void>;
}

export function isAtRest({ activeState }: Pick<FakeUnit, "activeState">): boolean {
  return activeState === "inactive" || activeState === "failed";
}
