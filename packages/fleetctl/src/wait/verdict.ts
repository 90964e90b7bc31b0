import type { UnitStateEntity } from "@flotilla/api/client";
import type { ObservedUnit } from "./observed-unit.ts";

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

const DESIRED = { launched: "launched", loaded: "loaded", stopped: "loaded", inactive: "inactive" } as const;

/** Whether the waiting is over, by what is known now; undefined while it is not. */
export function judge(goal: Goal, observed: ObservedUnit): Verdict | undefined {
  if (goal === "gone") return isQuiet(observed) ? { kind: "reached", machines: [] } : undefined;
  const desired = observed.intent?.desired;
  if (desired !== DESIRED[goal]) return { kind: "overridden", desired };
  if (goal === "inactive") return observed.places.size === 0 && isQuiet(observed) ? { kind: "reached", machines: [] } : undefined;
  // Nothing to stop where nothing was placed; but to be loaded or launched a unit needs a place.
  if (observed.places.size === 0) return goal === "stopped" && isQuiet(observed) ? { kind: "reached", machines: [] } : undefined;
  return judgePlaces(goal, observed);
}

function judgePlaces(goal: "launched" | "loaded" | "stopped", observed: ObservedUnit): Verdict | undefined {
  const machines = [...observed.places];
  const states = machines.map((machine) => observed.states.get(machine));
  const failed = goal === "stopped" ? undefined : states.find((state) => state && hasFailed(goal, state, observed));
  if (failed) return { kind: "failed", state: failed };
  return states.every((state) => state && isReached(goal, state, observed)) ? { kind: "reached", machines } : undefined;
}

function isReached(goal: "launched" | "loaded" | "stopped", state: UnitStateEntity, { intent }: ObservedUnit): boolean {
  switch (goal) {
    case "launched":
      return state.hash === intent?.hash && isStarted(state);
    case "loaded":
      return state.hash === intent?.hash && state.load === "loaded" && !state.launched;
    case "stopped":
      return !state.launched && !["active", "activating", "deactivating", "reloading"].includes(state.active);
    default:
      return goal satisfies never;
  }
}

/**
 * A failure from before the command is none of its own: only a state that the agent has published since, or one
 * of a start that the agent has made for this assignment, counts.
 */
function hasFailed(goal: "launched" | "loaded", state: UnitStateEntity, { intent, fresh }: ObservedUnit): boolean {
  const isFresh = fresh.has(state.machineID);
  // Another file is in place: the agent says in `problem` if it could not, or must not, put ours there.
  if (state.hash !== intent?.hash) return isFresh && state.problem !== "";
  if (!state.launched && !isFresh) return false;
  if (["bad-setting", "error", "masked", "not-found"].includes(state.load)) return true;
  return goal === "launched" && isStartFailed(state);
}

/** A start is over and went well: it runs, or it was a oneshot and has finished. */
function isStarted({ launched, active, problem }: UnitStateEntity): boolean {
  return launched && (active === "active" || active === "reloading" || (active === "inactive" && problem === ""));
}

/** A start is over and went wrong, also when systemd is about to try again. */
function isStartFailed({ launched, active, sub, problem }: UnitStateEntity): boolean {
  return active === "failed" || sub === "auto-restart" || (launched && active === "inactive" && problem !== "");
}

function isQuiet({ states }: ObservedUnit): boolean {
  return states.size === 0;
}
