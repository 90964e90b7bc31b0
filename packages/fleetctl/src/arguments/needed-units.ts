import { dirname, join } from "node:path";
import { isUnitName, parseUnitName, RELATION_KINDS, type RelationKind, relationsOf } from "@flotilla/unit";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { lookUpUnits } from "../cluster/look-up.ts";
import { candidateOf, type Candidate, sourceOf, type WantedOptions, type WantedUnit } from "./wanted-units.ts";

/** The dependencies whose units a start brings up (systemd.unit(5)). */
const PULLS: ReadonlySet<RelationKind> = new Set(
  RELATION_KINDS.filter((kind) => ["requires", "bindsTo", "wants", "upholds"].includes(kind)),
);

/**
 * Finds the units that the local files of `units` require, bind to, want or uphold, that have a file in the same directory
 * and that the cluster does not have yet; and those that these need in turn. A name without a file may be a unit of the
 * cluster or of the hosts.
 */
export async function resolveNeededUnits(
  client: ClusterClient,
  units: readonly WantedUnit[],
  { directory, replace, signal }: WantedOptions,
): Promise<readonly WantedUnit[]> {
  const found = new Map<string, Candidate>();
  const seen = new Set(units.map(({ name }) => name));
  const queue: Pick<WantedUnit, "name" | "path" | "local">[] = [...units];
  for (const { name, path, local } of queue) {
    for (const { unit, kind, on } of relationsOf(name, local?.file.options ?? [])) {
      if (unit !== name || !PULLS.has(kind) || seen.has(on)) continue;
      seen.add(on);
      if (!isUnitName(on) || parseUnitName(on).isTemplate) continue;
      const candidate = await candidateOf(directory, join(dirname(path), on));
      if (!candidate.local) continue;
      found.set(on, candidate);
      queue.push(candidate);
    }
  }
  if (found.size === 0) return [];
  const names = [...found.keys()].flatMap((name) => [name, parseUnitName(name).template ?? name]);
  const { units: known } = await lookUpUnits(client, [...new Set(names)], signal);
  return [...found.values()].flatMap((candidate) => {
    const unit = sourceOf(candidate, known, replace);
    return unit && !unit.known ? [unit] : [];
  });
}
