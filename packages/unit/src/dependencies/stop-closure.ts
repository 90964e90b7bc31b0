import type { Dependencies } from "./dependency-graph.ts";
import type { RelationKind } from "./relation-kinds.ts";
import { type Along, edges, walk } from "./walk.ts";

const STOPPED_WITH: ReadonlySet<RelationKind> = new Set<RelationKind>([
  "requires",
  "requisite",
  "bindsTo",
  "partOf",
  "stopsWith",
]);

/** Returns the units that systemd would stop with a unit on one host. */
export function stopClosure(unit: string, graph: Dependencies, isKnown: (name: string) => boolean): readonly Along[] {
  return [...walk(unit, (name) => edges(graph.on(name), STOPPED_WITH, (edge) => edge.unit), isKnown).values()];
}
