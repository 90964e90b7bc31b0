import type { UnitEntity, UnitStateEntity, WatchEvent } from "@flotilla/api/client";

/** What is wanted of a unit. */
export interface Intent {
  readonly hash: string;
  readonly desired: UnitEntity["desiredState"];
  /** The latest request to restart it; undefined: none. */
  readonly restart?: number | undefined;
}

/** What is known of one unit, kept current by the watch stream. */
export interface ObservedUnit {
  readonly name: string;
  /** Revision of the write that is waited for: what the stream says of older intents is not news. */
  readonly since: number;
  /** Undefined once it is destroyed. */
  intent: Intent | undefined;
  /** The machines that it is assigned to; a copy that is only left to run for a while does not count. */
  readonly places: Set<string>;
  /** By machine. */
  readonly states: Map<string, UnitStateEntity>;
  /** Machines that have reported nothing since a unit that failed or stopped was started again there. */
  readonly stale: Set<string>;
  /** It has a place on every machine, and one on a machine that is away is not waited for. */
  readonly isGlobal: boolean;
}

/**
 * @param unit as a read shows it; it may be older than the write.
 * @param intent what the write made of it; undefined: destroyed.
 * @param since the write's revision.
 */
export function observe(
  name: string,
  unit: UnitEntity | undefined,
  intent: Intent | undefined,
  since: number,
): ObservedUnit {
  return {
    name,
    since,
    intent,
    places: new Set(unit?.machines.filter(({ leaving }) => !leaving).map(({ machineID }) => machineID)),
    states: new Map(unit?.states.map((state) => [state.machineID, state])),
    stale: new Set(),
    isGlobal: unit?.global === true,
  };
}

export function intentOf({ hash, desiredState: desired, restart }: Pick<UnitEntity, IntentField>): Intent {
  return { hash, desired, restart };
}

type IntentField = "hash" | "desiredState" | "restart";

/** The same unit after a gap in the events, from a listing; its states apart, since they outlive a destroyed unit. */
export function observeAgain(
  { name, since }: ObservedUnit,
  unit: UnitEntity | undefined,
  states: readonly UnitStateEntity[],
): ObservedUnit {
  const seen = observe(name, unit, unit && intentOf(unit), since);
  for (const state of states) seen.states.set(state.machineID, state);
  return seen;
}

/** Whether a machine that it is assigned to has said anything of it. */
export function isHeard({ places, states }: ObservedUnit): boolean {
  return [...places].some((machine) => states.has(machine));
}

/** Brings the unit up to date with an event about it. */
export function applyEvent(observed: ObservedUnit, event: Extract<WatchEvent, { readonly unit: string }>): void {
  switch (event.kind) {
    case "unit":
      if (event.revision <= observed.since) return;
      observed.intent = event.value && intentOf(event.value);
      return;
    case "assignment":
      if (event.value && !event.value.leaving) observed.places.add(event.machineID);
      else observed.places.delete(event.machineID);
      return;
    case "state":
      observed.stale.delete(event.machineID);
      if (event.value) observed.states.set(event.machineID, event.value);
      else observed.states.delete(event.machineID);
      return;
    case "attempts":
      return;
    default:
      event satisfies never;
  }
}
