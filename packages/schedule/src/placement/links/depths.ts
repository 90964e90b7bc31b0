import type { Effort, Steps } from "../../effort.ts";

/**
 * Returns the depth of each name, by Kahn's algorithm. A name has a greater depth than every name from which it can be
 * reached along `next`. The depth of a name on a cycle, or reachable from a cycle, is infinite.
 */
export function* depthsOf(
  names: readonly string[],
  next: (name: string) => readonly string[],
  effort: Effort,
): Steps<ReadonlyMap<string, number>> {
  const depths = new Map<string, number>();
  const waiting = new Map<string, number>();
  for (const name of names) {
    const after = next(name);
    for (const other of after) waiting.set(other, (waiting.get(other) ?? 0) + 1);
    effort.spend(after.length);
    if (effort.isStepOver()) yield;
  }
  let level = names.filter((name) => !waiting.has(name));
  for (let depth = 0; level.length > 0; depth++) {
    const nextLevel: string[] = [];
    for (const name of level) {
      depths.set(name, depth);
      const after = next(name);
      for (const other of after) {
        const left = (waiting.get(other) ?? 0) - 1;
        waiting.set(other, left);
        if (left === 0) nextLevel.push(other);
      }
      effort.spend(after.length);
      if (effort.isStepOver()) yield;
    }
    level = nextLevel;
  }
  for (const name of names) if (!depths.has(name)) depths.set(name, Number.POSITIVE_INFINITY);
  return depths;
}
