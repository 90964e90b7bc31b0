import { setTimeout as delay } from "node:timers/promises";
import type { Revision, Store } from "../port/index.ts";

/** A store under test, with operations that its clients do not have. */
export interface StoreHarness {
  /** Returns a new client. `close` closes it if it is still open. */
  connect(): Promise<Store>;
  /** Drops the history up to and including `revision`. */
  compact(revision: Revision): Promise<void>;
  /** Deletes all data and starts an empty store. Missing where the store and its clients share a process. */
  replace?(): Promise<void>;
  /** Lets `ms` milliseconds pass for the clients and the store. */
  elapse(ms: number): Promise<void>;
  /** Closes every client and the store, and leaves nothing running. */
  close(): Promise<void>;
}

const STEP_MS = 20;

/** Far longer than anything takes that is awaited without the time of a harness. */
const HANG_MS = 30_000;

/** Waits for a promise. @throws after 30 s of real time, with what was waited for. */
export async function withoutHang<T>(what: string, promise: Promise<T>): Promise<T> {
  const over = new AbortController();
  const hang = delay(HANG_MS, undefined, { signal: over.signal }).then(() => {
    throw new Error(`waited ${HANG_MS} ms for ${what}`);
  });
  // Aborting the delay rejects it.
  hang.catch(() => {});
  try {
    return await Promise.race([promise, hang]);
  } finally {
    over.abort();
  }
}

/** Waits until `check` holds, by the time of the harness. @throws after `withinMs`. */
export async function eventually(
  harness: Pick<StoreHarness, "elapse">,
  what: string,
  check: () => boolean | Promise<boolean>,
  withinMs = 5_000,
): Promise<void> {
  for (let waited = 0; waited <= withinMs; waited += STEP_MS) {
    if (await withoutHang(`an answer about ${what}`, Promise.resolve(check()))) return;
    await harness.elapse(STEP_MS);
  }
  throw new Error(`waited ${withinMs} ms for ${what}`);
}
