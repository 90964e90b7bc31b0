import { hasFailed, isStarted, type UnitStateEntity } from "@flotilla/api/client";
import type { Intent, ObservedUnit } from "./observed-unit.ts";

/** What a command waits for: `stopped` is loaded and no longer running, `gone` is destroyed and no longer running. */
export type Goal = "launched" | "loaded" | "stopped" | "inactive" | "gone";

/** How the waiting for one unit ended. */
export type Verdict =
  | { readonly kind: "reached"; readonly machines: readonly string[] }
  | { readonly kind: "failed"; readonly state: UnitStateEntity }
  /** No machine fits; a sentence for each group of machines. */
  | { readonly kind: "unplaced"; readonly reasons: readonly string[] }
  /** Somebody else asked for something else meanwhile; undefined: destroyed it. */
  | { readonly kind: "overridden"; readonly desired: string | undefined }
  | { readonly kind: "late" };

type PlacedGoal = "launched" | "loaded" | "stopped";

const DESIRED = { launched: "launched", loaded: "loaded", stopped: "loaded", inactive: "inactive" } as const;

/**
 * Whether the waiting is over, by what is known now; undefined while it is not.
 *
 * @param isSettled the write is so long ago that an agent which does nothing about it says so on purpose.
 */
export function judge(goal: Goal, observed: ObservedUnit, isSettled: boolean): Verdict | undefined {
  const { intent, places, states } = observed;
  const isNowhere = places.size === 0 && states.size === 0;
  if (goal === "gone") return isNowhere ? { kind: "reached", machines: [] } : undefined;
  if (intent?.desired !== DESIRED[goal]) return { kind: "overridden", desired: intent?.desired };
  // Nothing is to be stopped where nothing was placed; but to be loaded or launched a unit needs a place.
  if (isNowhere && (goal === "stopped" || goal === "inactive")) return { kind: "reached", machines: [] };
  return goal === "inactive" || places.size === 0 ? undefined : judgePlaces(goal, observed, intent, isSettled);
}

function judgePlaces(
  goal: PlacedGoal,
  { places, states, stale }: ObservedUnit,
  intent: Intent,
  isSettled: boolean,
): Verdict | undefined {
  const machines = [...places];
  const there = machines
    .filter((machine) => isSettled || !stale.has(machine))
    .flatMap((machine) => states.get(machine) ?? []);
  const failed = goal === "stopped" ? undefined : there.find((state) => hasMissed(goal, state, intent, isSettled));
  if (failed) return { kind: "failed", state: failed };
  const isEverywhere = there.length === machines.length && there.every((state) => isReached(goal, state, intent));
  return isEverywhere ? { kind: "reached", machines } : undefined;
}

function isReached(goal: PlacedGoal, state: UnitStateEntity, { hash, restart }: Intent): boolean {
  switch (goal) {
    case "launched":
      return state.hash === hash && isRestarted(state, restart) && isStarted(state);
    case "loaded":
      return state.hash === hash && state.load === "loaded" && !state.launched;
    case "stopped":
      return !state.launched && !["active", "activating", "deactivating", "reloading"].includes(state.active);
    default:
      return goal satisfies never;
  }
}

/**
 * What failed before the command is none of its failures: a start counts once the agent says that it has made it
 * with the file that is wanted. Of what keeps the agent from even that, only an own file that is not there at all
 * is beyond doubt; the rest may be about to change, and counts when it has not.
 */
function hasMissed(
  goal: "launched" | "loaded",
  state: UnitStateEntity,
  { hash, restart }: Intent,
  isSettled: boolean,
): boolean {
  if (state.hash !== hash) return state.problem !== "" && (state.hash === "" || isSettled);
  if (goal === "launched" && isStartFailed(state)) return isRestarted(state, restart);
  // A loaded unit with a problem that was not even started: systemd does not begin without what it requires.
  const isHeldUp = goal === "launched" && !state.launched && state.active === "inactive";
  return (state.load !== "loaded" || isHeldUp) && state.problem !== "" && isSettled;
}

/** What it says is said of the run after the latest restart that was asked for. */
function isRestarted({ restarted = 0 }: UnitStateEntity, restart = 0): boolean {
  return restarted >= restart;
}

/** A start is over and went wrong, also when systemd is about to try again. */
export function isStartFailed(state: UnitStateEntity): boolean {
  return state.launched && hasFailed(state);
}
