import type { ObservedUnit } from "./observed-unit.ts";
import type { Goal } from "./verdict.ts";

const DONE: Readonly<Record<Goal, string>> = {
  launched: "launched",
  loaded: "loaded",
  stopped: "stopped",
  inactive: "unloaded",
  gone: "destroyed",
};

/**
 * Describes progress: "3 of 5 launched, 1 failed; waiting for web@2.service (activating, start-pre) and 1 more".
 *
 * @param reached number of units that reached the goal; units neither reached nor pending have failed.
 */
export function describeProgress(goal: Goal, total: number, reached: number, pending: readonly ObservedUnit[]): string {
  const [first, ...others] = pending;
  if (!first) return "";
  const failures = total - pending.length - reached;
  const failed = failures > 0 ? `, ${failures} failed` : "";
  const more = others.length > 0 ? ` and ${others.length} more` : "";
  return `${reached} of ${total} ${DONE[goal]}${failed}; waiting for ${describePending(first)}${more}`;
}

/** "web@2.service (activating, start-pre)". */
export function describePending(unit: ObservedUnit): string {
  return `${unit.name} (${stateOf(unit)})`;
}

function stateOf({ places, states }: ObservedUnit): string {
  const state = [...states.values()].find(({ machineID }) => places.size === 0 || places.has(machineID));
  if (state) return `${state.active}, ${state.sub}`;
  return places.size === 0 ? "not placed yet" : "no report from its machine yet";
}
