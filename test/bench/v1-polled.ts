import { setTimeout as delay } from "node:timers/promises";
import type { Host } from "../lab/index.ts";
import { unitNames } from "./cluster-starts.ts";
import { V1Client } from "./v1-client.ts";

/**
 * The pause between an answer and the next listing, milliseconds. A poller sees a unit late by half of the pause and of
 * the listing's duration, on average.
 */
export const POLL_PAUSE_MS = 5;

const LIMIT_MS = 60_000;

/**
 * Starts units in sequence over API v1, then destroys them. Returns milliseconds from each request until a listing of
 * the unit's state shows it active.
 */
export async function startsPolledByV1(host: Host, prefix: string, count: number): Promise<number[]> {
  const v1 = new V1Client(host, 1);
  try {
    const took: number[] = [];
    const names = unitNames(prefix, count);
    for (const name of names) {
      const begun = performance.now();
      await v1.launch(name);
      await untilShown(v1, name, true, begun + LIMIT_MS);
      took.push(performance.now() - begun);
    }
    for (const name of names) {
      await v1.destroy(name);
      await untilShown(v1, name, false, performance.now() + LIMIT_MS);
    }
    return took;
  } finally {
    v1.close();
  }
}

async function untilShown(v1: V1Client, name: string, isActive: boolean, deadline: number): Promise<void> {
  while ((await v1.activeUnits(name)).has(name) !== isActive) {
    if (performance.now() > deadline) throw new Error(`${name} is not ${isActive ? "active" : "gone"}`);
    await delay(POLL_PAUSE_MS);
  }
}
