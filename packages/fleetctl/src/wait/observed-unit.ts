import type { UnitEntity, UnitStateEntity, WatchEvent } from "@flotilla/api/client";

/** The request for a unit. */
export interface Intent {
  readonly hash: string;
  readonly desired: UnitEntity["desiredState"];
  /** The latest restart request; undefined: none. */
  readonly restart?: number | undefined;
}

/** The known facts of one unit, kept current by the watch stream. */
export interface ObservedUnit {
  readonly name: string;
  /** The revision of the write to wait for; the stream's older intents are ignored. */
  readonly since: number;
  /** Undefined once the unit is destroyed. */
  intent: Intent | undefined;
  /** The machines of its assignments, without copies that run only until their replacement is active. */
  readonly places: Set<string>;
  /** By machine ID. */
  readonly states: Map<string, UnitStateEntity>;
  /** Machines whose state is from before the unit was started again there. */
  readonly stale: Set<string>;
  /** A global unit has a place on every machine; places on machines that are away are not waited for. */
  readonly isGlobal: boolean;
}

/**
 * @param unit the unit as read, possibly older than the write.
 * @param intent the intent after the write; undefined if the unit was destroyed.
 * @param since the revision of the write.
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

/**
 * Rebuilds a unit from a listing after a gap in the events. States come separately, since they outlive a destroyed
 * unit.
 */
export function observeAgain(
  { name, since }: ObservedUnit,
  unit: UnitEntity | undefined,
  states: readonly UnitStateEntity[],
): ObservedUnit {
  const seen = observe(name, unit, unit && intentOf(unit), since);
  for (const state of states) seen.states.set(state.machineID, state);
  return seen;
}

/** Whether a machine of its assignments has reported a state. */
export function isHeard({ places, states }: ObservedUnit): boolean {
  return [...places].some((machine) => states.has(machine));
}

/** Applies an event to the unit. */
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
