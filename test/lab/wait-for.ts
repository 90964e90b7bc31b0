import { setTimeout as delay } from "node:timers/promises";
import { FlotillaError, messageOf } from "@flotilla/runtime";

export class WaitError extends FlotillaError {
  readonly code = "LAB_WAIT_TIMEOUT";
}

export interface WaitOptions {
  /** The time limit in milliseconds. Default: 10,000. */
  readonly timeoutMs?: number;
  /**
   * Milliseconds between two calls. Default: a tenth of the time waited so far, from 20 to 250. Most calls start a
   * process on a host: a long wait with a short interval would occupy a processor, which other hosts need.
   */
  readonly intervalMs?: number;
}

/**
 * Calls `predicate` until it returns something other than undefined, null or false, and resolves to that value. An
 * exception counts as false; the message of the last one is part of the WaitError.
 * @param description completes the sentence "waited 10 s for ...".
 * @throws WaitError after `timeoutMs`.
 */
export async function waitFor<T>(
  description: string,
  predicate: () => T | Promise<T>,
  { timeoutMs = 10_000, intervalMs }: WaitOptions = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const begun = performance.now();
  let last = "it stayed false";
  do {
    try {
      const value = await predicate();
      if (value !== undefined && value !== null && value !== false) return value as NonNullable<Exclude<T, false>>;
      last = "it stayed false";
    } catch (error) {
      last = messageOf(error);
    }
    await delay(intervalMs ?? Math.min(250, Math.max(20, (performance.now() - begun) / 10)));
  } while (performance.now() - begun < timeoutMs);
  throw new WaitError(`waited ${timeoutMs / 1000} s for ${description}: ${last}`);
}
