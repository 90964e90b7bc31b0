import type { FakeJob } from "./fake-job.ts";

/** What the fake systemd holds in memory of a unit. */
export interface FakeUnit {
  /** The definition that was loaded: not the file's once that has changed without a reload. */
  readonly loadedText: string;
  readonly loadState: string;
  readonly activeState: string;
  readonly subState: string;
  readonly result: string;
  readonly job?: FakeJob | undefined;
}
