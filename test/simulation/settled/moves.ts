import { type Attempts, isStarted, type UnitState } from "@flotilla/model";
import { pauseAfter } from "@flotilla/schedule";
import type { World } from "../world/world.ts";

/** By this time the leader has seen a write, in milliseconds. */
const SEEN_MS = 5_000;

/**
 * No unit will move away within `ms` from the machine on which it has failed. It stays there for a pause
 * (`pauseAfter`).
 */
export function moves({ ledger, reading, machines, timeline: { now } }: World, ms: number): string | undefined {
  const leader = machines.find(({ daemon }) => daemon?.engine?.leads)?.host.options;
  for (const { key, value } of ledger.under("attempts/")) {
    const unit = key.slice("attempts/".length);
    const { failed } = JSON.parse(value) as Attempts;
    const last = failed.at(-1);
    const place = reading
      .placesOf(unit)
      .find(({ machineID, since }) => machineID === last?.machineID && since === last.since);
    if (!place || place.leaving || last?.lost || !leader) continue;
    const state = `state/${place.machineID}/${unit}`;
    const published = ledger.entries.get(state);
    if (published && isStarted(JSON.parse(published.value) as UnitState)) continue;
    // A leader measures the pause from when it sees the failure. It starts again if the unit has run in between.
    const from = Math.max(ledger.changedAt(key), ledger.changedAt("engine/leader"));
    const pauseMs = pauseAfter(failed) / leader.clockRate;
    const latest = Math.max(from, ledger.changedAt(state)) + pauseMs + SEEN_MS;
    if (now < latest && from + pauseMs <= now + ms) return `${unit} has failed, and may move soon`;
  }
  return undefined;
}
