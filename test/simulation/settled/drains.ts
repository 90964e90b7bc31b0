import type { MachineSettings } from "@flotilla/model";
import type { World } from "../world/world.ts";

/** By this time the leader has ended a drain, in milliseconds. */
const SEEN_MS = 5_000;

/**
 * No drain ends within `ms`, and none has outlived its end. A leader translates the end into its monotonic clock when it
 * first sees the drain, by its wall clock of that moment.
 */
export function drains({ ledger, machines, timeline }: World, ms: number): string | undefined {
  const { now } = timeline;
  const rate = machines.find(({ daemon }) => daemon?.engine?.leads)?.host.options.clockRate ?? 1;
  for (const { key, value } of ledger.under("machine-settings/")) {
    const until = (JSON.parse(value) as MachineSettings).drain?.until;
    if (until === undefined) continue;
    const ends = timeline.momentsOf(until, rate);
    if (ends.every((end) => end + SEEN_MS <= now)) return `the drain in ${key} has outlived its end`;
    if (ends.some((end) => end + SEEN_MS > now && end <= now + ms)) return `the drain in ${key} may end soon`;
  }
  return undefined;
}
