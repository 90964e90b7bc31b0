import type { RelationKind } from "./relation-kinds.ts";
import type { Relation } from "./relations.ts";

/** A unit that goes along with a requested start or stop, and the dependency because of which it does. */
export interface Along {
  readonly unit: string;
  readonly because: Relation;
}

/** The ends of dependencies, each with its dependency. */
type Edges = Iterable<readonly [string, Relation]>;

export function* edges(
  relations: readonly Relation[],
  kinds: ReadonlySet<RelationKind>,
  end: (relation: Relation) => string,
): Edges {
  for (const relation of relations) if (kinds.has(relation.kind)) yield [end(relation), relation];
}

/** Visits everything that can be reached, nearest first. */
export function walk(
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
