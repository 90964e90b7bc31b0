import type { Dependencies } from "./dependency-graph.ts";
import type { Relation, RelationKind } from "./relations.ts";

/** A unit that goes along with a requested start or stop, and the dependency because of which it does. */
export interface Along {
  readonly unit: string;
  readonly because: Relation;
}

/** What a start does to other units. */
export interface StartClosure {
  /** Units to start as well, those that others need first. */
  readonly starts: readonly Along[];
  /** Units to stop, because a started unit conflicts with them. */
  readonly stops: readonly Along[];
}

const PULLS: ReadonlySet<RelationKind> = new Set<RelationKind>(["requires", "bindsTo", "wants", "upholds"]);
const STOPPED_WITH: ReadonlySet<RelationKind> = new Set<RelationKind>([
  "requires",
  "requisite",
  "bindsTo",
  "partOf",
  "stopsWith",
]);

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

/** Returns the units that systemd would stop with a unit on one host. */
export function stopClosure(unit: string, graph: Dependencies, isKnown: (name: string) => boolean): readonly Along[] {
  return [...walk(unit, (name) => edges(graph.on(name), STOPPED_WITH, (edge) => edge.unit), isKnown).values()];
}

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

const CONFLICTS: ReadonlySet<RelationKind> = new Set<RelationKind>(["conflicts"]);

type Edges = Iterable<readonly [string, Relation]>;

function* edges(
  relations: readonly Relation[],
  kinds: ReadonlySet<RelationKind>,
  end: (relation: Relation) => string,
): Edges {
  for (const relation of relations) if (kinds.has(relation.kind)) yield [end(relation), relation];
}

/** Visits everything that can be reached, nearest first. */
function walk(
  from: string,
  next: (name: string) => Edges,
  isKnown: (name: string) => boolean,
): ReadonlyMap<string, Along> {
  const found = new Map<string, Along>();
  const queue = [from];
  for (const name of queue) {
    for (const [other, because] of next(name)) {
      if (other === from || found.has(other) || !isKnown(other)) continue;
      found.set(other, { unit: other, because });
      queue.push(other);
    }
  }
  return found;
}

function pathTo(last: string, first: string, cameFrom: ReadonlyMap<string, string>): readonly string[] {
  const names = [last];
  for (let name = last; name !== first;) {
    name = cameFrom.get(name) ?? first;
    names.push(name);
  }
  return names.toReversed();
}
