import type { Dependencies } from "./dependency-graph.ts";

/**
 * Returns a cycle of After= and Before= through a unit, each unit once; undefined if there is none. systemd would break
 * the cycle by leaving out one of the starts.
 *
 * @param isOrdered whether the unit is among those to be started or running.
 */
export function orderingCycle(
  unit: string,
  graph: Dependencies,
  isOrdered: (name: string) => boolean,
): readonly string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [unit];
  for (const name of queue) {
    for (const { kind, on } of graph.of(name)) {
      if (kind !== "after" || !isOrdered(on)) continue;
      if (on === unit) return pathTo(name, unit, cameFrom);
      if (cameFrom.has(on)) continue;
      cameFrom.set(on, name);
      queue.push(on);
    }
  }
  return undefined;
}

function pathTo(last: string, first: string, cameFrom: ReadonlyMap<string, string>): readonly string[] {
  const names = [last];
  for (let name = last; name !== first;) {
    name = cameFrom.get(name) ?? first;
    names.push(name);
  }
  return names.toReversed();
}
