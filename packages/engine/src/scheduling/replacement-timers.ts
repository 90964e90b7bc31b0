import { type ClusterSnapshot, isStarted } from "@flotilla/model";
import { STEADY_MS } from "@flotilla/schedule";

interface Run {
  /** The `since` of the assignment. */
  readonly since: number;
  readonly steadyAt: number;
}

/** How long each unit that has a leaving copy has run in its new place without a break. */
export class ReplacementTimers {
  readonly #runs = new Map<string, Run>();

  /** @param now monotonic milliseconds. */
  update(name: string, { assignments, states }: ClusterSnapshot, now: number): void {
    const places = [...(assignments.get(name)?.values() ?? [])];
    const hasCopy = places.length > 1 && places.some(({ leaving }) => leaving);
    const place = hasCopy ? places.find(({ leaving }) => !leaving) : undefined;
    const state = place && states.get(name)?.get(place.machineID);
    if (!place || !state || !isStarted(state)) this.#runs.delete(name);
    else if (this.#runs.get(name)?.since !== place.since)
      this.#runs.set(name, { since: place.since, steadyAt: now + STEADY_MS });
  }

  steady(now: number): Set<string> {
    const names = new Set<string>();
    for (const [name, { steadyAt }] of this.#runs) if (now >= steadyAt) names.add(name);
    return names;
  }

  *ends(): Iterable<number> {
    for (const { steadyAt } of this.#runs.values()) yield steadyAt;
  }
}
