import { hasFailed, isStarted, type UnitStateEntity } from "@flotilla/api/client";
import type { Intent, ObservedUnit } from "./observed-unit.ts";

/** The goal of a command. `stopped` means loaded and not running, `gone` means destroyed and not running. */
export type Goal = "launched" | "loaded" | "stopped" | "inactive" | "gone";

/** How the wait for a unit ended. */
export type Verdict =
  | { readonly kind: "reached"; readonly machines: readonly string[] }
  | { readonly kind: "failed"; readonly state: UnitStateEntity }
  /** No machine fits; one reason for each group of machines. */
  | { readonly kind: "unplaced"; readonly reasons: readonly string[] }
  /** Another client requested another state; undefined: destroyed the unit. */
  | { readonly kind: "overridden"; readonly desired: string | undefined }
  | { readonly kind: "late" };

type PlacedGoal = "launched" | "loaded" | "stopped";

const DESIRED = { launched: "launched", loaded: "loaded", stopped: "loaded", inactive: "inactive" } as const;

/**
 * The verdict on a unit by its known facts; undefined while the wait goes on.
 *
 * @param isGraceOver whether the grace period is over: an agent that has not acted by now has a reason.
 */
export function judge(goal: Goal, observed: ObservedUnit, isGraceOver: boolean): Verdict | undefined {
  const { intent, places, states } = observed;
  const isNowhere = places.size === 0 && states.size === 0;
  if (goal === "gone") return isNowhere ? { kind: "reached", machines: [] } : undefined;
  if (intent?.desired !== DESIRED[goal]) return { kind: "overridden", desired: intent?.desired };
  // `stopped` and `inactive` need no place; `loaded` and `launched` do.
  if (isNowhere && (goal === "stopped" || goal === "inactive")) return { kind: "reached", machines: [] };
  return goal === "inactive" || places.size === 0 ? undefined : judgePlaces(goal, observed, intent, isGraceOver);
}

function judgePlaces(
  goal: PlacedGoal,
  { places, states, stale }: ObservedUnit,
  intent: Intent,
  isGraceOver: boolean,
): Verdict | undefined {
  const machines = [...places];
  const there = machines
    .filter((machine) => isGraceOver || !stale.has(machine))
    .flatMap((machine) => states.get(machine) ?? []);
  const failed = goal === "stopped" ? undefined : there.find((state) => hasMissed(goal, state, intent, isGraceOver));
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
 * Whether the unit has failed because of this command. A failed start counts once the agent reports it for the wanted
 * file. Other problems count after the grace period, since they may still change. A missing file on the machine counts
 * at once.
 */
function hasMissed(
  goal: "launched" | "loaded",
  state: UnitStateEntity,
  { hash, restart }: Intent,
  isGraceOver: boolean,
): boolean {
  if (state.hash !== hash) return state.problem !== "" && (state.hash === "" || isGraceOver);
  if (goal === "launched" && isStartFailed(state)) return isRestarted(state, restart);
  // The unit was not even started: systemd does not start it without its requirements.
  const isHeldUp = goal === "launched" && !state.launched && state.active === "inactive";
  return (state.load !== "loaded" || isHeldUp) && state.problem !== "" && isGraceOver;
}

/** Whether the state is from after the latest restart request. */
function isRestarted({ restarted = 0 }: UnitStateEntity, restart = 0): boolean {
  return restarted >= restart;
}

/** The start failed, even if systemd is about to try again. */
export function isStartFailed(state: UnitStateEntity): boolean {
  return state.launched && hasFailed(state);
}
