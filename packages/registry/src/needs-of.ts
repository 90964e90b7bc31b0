import type { Need } from "@flotilla/model";
import { type Dependencies, orderingCycle, type RelationKind } from "@flotilla/unit";

/** The dependencies that a machine must know to run the unit as systemd would. */
const KINDS: ReadonlySet<RelationKind> = new Set<RelationKind>([
  "requires",
  "requisite",
  "wants",
  "bindsTo",
  "partOf",
  "upholds",
  "after",
]);

/**
 * Returns the units of the cluster that a unit depends on, sorted by name; undefined for none. An order that would make
 * the unit wait for itself does not count.
 */
export function needsOf(
  unit: string,
  dependencies: Dependencies,
  isKnown: (name: string) => boolean,
): readonly Need[] | undefined {
  const kinds = new Map<string, Set<RelationKind>>();
  for (const { kind, on } of dependencies.of(unit)) {
    if (!KINDS.has(kind) || !isKnown(on)) continue;
    if (kind === "after" && orderingCycle(unit, dependencies, isKnown)?.includes(on)) continue;
    const known = kinds.get(on) ?? new Set<RelationKind>();
    kinds.set(on, known.add(kind));
  }
  if (kinds.size === 0) return undefined;
  const needs = [...kinds].map(([name, found]) => ({ unit: name, kinds: [...found].sort() }));
  return needs.sort((a, b) => (a.unit < b.unit ? -1 : 1));
}
