import type { Process } from "../world/process.ts";
import type { World } from "../world/world.ts";

/** What an agent that has no trouble knows is no older than this, milliseconds. */
const FRESH_MS = 5_000;
/** One that had trouble has found that out by its lease, or has gone on from where it was within this time. */
const STALE_MS = 60_000;

/** How old what a process acts on may be, milliseconds. */
export function ageOfKnowledge({ timeline, ttlMs }: World, { troubledAt }: Process): number {
  return timeline.now - troubledAt > FRESH_MS ? FRESH_MS : ttlMs + STALE_MS;
}
