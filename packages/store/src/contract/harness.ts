import type { Revision, Store } from "../port/index.ts";

/** A store under test, with the means to do to it what its clients cannot. */
export interface StoreHarness {
  /** One more client, closed with the harness at the latest. */
  connect(): Promise<Store>;
  /** Forgets the history up to and including `revision`. */
  compact(revision: Revision): Promise<void>;
  /** Deletes all its data and starts an empty store in its place. Left out where the store and its clients are one process. */
  replace?(): Promise<void>;
  /** Lets `ms` milliseconds pass for clients and store alike. */
  elapse(ms: number): Promise<void>;
  /** Ends every client and the store, and leaves nothing running. */
  close(): Promise<void>;
}

const STEP_MS = 20;

/** Waits until `check` holds, in steps of the harness's own time. @throws when `withinMs` is over. */
export async function eventually(
  harness: Pick<StoreHarness, "elapse">,
  what: string,
  check: () => boolean | Promise<boolean>,
  withinMs = 5_000,
): Promise<void> {
  for (let waited = 0; waited <= withinMs; waited += STEP_MS) {
    if (await check()) return;
    await harness.elapse(STEP_MS);
  }
  throw new Error(`Not within ${withinMs} ms: ${what}`);
}
