import type { Dependencies } from "./dependency-graph.ts";
import type { RelationKind } from "./relation-kinds.ts";
import type { Relation } from "./relations.ts";
import { edges, walk } from "./walk.ts";

/** Returns two units of which one must start and the other must stop: systemd refuses such a start. */
export function contradiction(
  unit: string,
  graph: Dependencies,
  isKnown: (name: string) => boolean,
): Relation | undefined {
  const hard = new Set<RelationKind>(["requires", "bindsTo"]);
  const needed = walk(unit, (name) => edges(graph.of(name), hard, ({ on }) => on), isKnown);
  const started = new Set([unit, ...needed.keys()]);
  for (const name of started) {
    const found = graph.of(name).find(({ kind, on }) => kind === "conflicts" && started.has(on));
    if (found) return found;
  }
  return undefined;
}
