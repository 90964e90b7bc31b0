import type { Assignment, Unit } from "@flotilla/model";
import type { Placement } from "../placement/placement.ts";

export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

/** Sorts anchors before their followers, and a unit before those that it replaces. */
export function byDepth(a: Unit, b: Unit, { links }: Placement): number {
  const [left, right] = [links.depth(a.name), links.depth(b.name)];
  return left === right ? 0 : left - right;
}

/** The assignments that count, the oldest first. Those whose machine must stop the unit come last. */
export function inOrder(assignments: Iterable<Assignment>): readonly Assignment[] {
  const staying = [...assignments].filter(({ leaving }) => !leaving);
  return staying.length < 2 ? staying : staying.sort((a, b) => Number(a.stopping) - Number(b.stopping) || byAge(a, b));
}

export function byAge(a: Assignment, b: Assignment): number {
  return a.since - b.since || (a.machineID < b.machineID ? -1 : 1);
}
