import type { RunFacts } from "../run.ts";
import type { FakeJob } from "./fake-job.ts";
import type { UnitDefinition } from "./unit-definition.ts";

/** A unit in the memory of the fake systemd. */
export interface FakeUnit {
  /** The text that was loaded, which may be older than the file; empty when there was no file. */
  readonly loadedText: string;
  readonly definition: UnitDefinition;
  readonly loadState: string;
  readonly activeState: string;
  readonly subState: string;
  readonly result: string;
  /** The present or last run, of a service. */
  readonly run?: RunFacts | undefined;
  readonly job?: FakeJob | undefined;
  /** Whether an earlier stop has left processes in the control group. */
  readonly hasLeftovers?: boolean;
  /** The pause before systemd restarts the unit. */
  readonly pause?: RestartPause | undefined;
  /** The times of recent starts, for StartLimitBurst=. */
  readonly startedAt?: readonly number[];
}

/** The pause of RestartSec=; another job ends it early. */
export interface RestartPause {
  readonly abort: AbortController;
  /** Resolves at the end of the pause; rejects when the pause is aborted. */
  readonly over: Promise<void>;
}
