import type { Process } from "../world/process.ts";
import type { World } from "../world/world.ts";

/** The greatest age of what a process knows if it has had no trouble, in milliseconds. */
const FRESH_MS = 5_000;
/** The time that a process needs after trouble to be up to date again, in addition to the TTL, in milliseconds. */
const STALE_MS = 60_000;

/** Returns how old the knowledge may be on which a process acts, in milliseconds. */
export function ageOfKnowledge({ timeline, ttlMs }: World, { troubledAt }: Process): number {
  return timeline.now - troubledAt > FRESH_MS ? FRESH_MS : ttlMs + STALE_MS;
}
