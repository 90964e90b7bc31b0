import type { Dependencies } from "./dependency-graph.ts";
import type { RelationKind } from "./relation-kinds.ts";
import { stopClosure } from "./stop-closure.ts";
import { type Along, edges, walk } from "./walk.ts";

/** What a start does to other units. */
export interface StartClosure {
  /** Units to start as well, those that others need first. */
  readonly starts: readonly Along[];
  /** Units to stop, because a started unit conflicts with them. */
  readonly stops: readonly Along[];
}

const PULLS: ReadonlySet<RelationKind> = new Set<RelationKind>(["requires", "bindsTo", "wants", "upholds"]);
const CONFLICTS: ReadonlySet<RelationKind> = new Set<RelationKind>(["conflicts"]);

/**
 * Returns what systemd would start and stop with a unit on one host (systemd.unit(5)).
 *
 * @param isKnown whether the cluster has a unit of this name; all other units are the hosts'.
 */
export function startClosure(unit: string, graph: Dependencies, isKnown: (name: string) => boolean): StartClosure {
  const starts = walk(unit, (name) => edges(graph.of(name), PULLS, ({ on }) => on), isKnown);
  const started = new Set([unit, ...starts.keys()]);
  const stops = new Map<string, Along>();
  for (const name of started) {
    const conflicting = [...edges(graph.of(name), CONFLICTS, ({ on }) => on)];
    for (const [other, because] of [...conflicting, ...edges(graph.on(name), CONFLICTS, (edge) => edge.unit)]) {
      if (!isKnown(other) || started.has(other)) continue;
      if (!stops.has(other)) stops.set(other, { unit: other, because });
      for (const along of stopClosure(other, graph, isKnown))
        if (!started.has(along.unit) && !stops.has(along.unit)) stops.set(along.unit, along);
    }
  }
  return { starts: [...starts.values()].toReversed(), stops: [...stops.values()] };
}
