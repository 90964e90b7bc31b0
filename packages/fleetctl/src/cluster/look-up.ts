import type { UnitEntity } from "@flotilla/api/client";
import type { ClusterClient } from "./cluster-client.ts";

/** Up to so many names are asked for one by one; for more, one listing costs less. */
const ONE_BY_ONE = 8;

/** Units as of a revision: a watch from the next one on misses nothing of them. */
export interface KnownUnits {
  readonly units: ReadonlyMap<string, UnitEntity>;
  readonly revision: number;
}

/** What the cluster knows of some units; those that it does not know are left out. */
export async function lookUpUnits(
  client: ClusterClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<KnownUnits> {
  const globs = names.length <= ONE_BY_ONE ? names.map(literalGlob) : [undefined];
  const listings = await Promise.all(globs.map((name) => client.listUnits(name === undefined ? {} : { name }, signal)));
  const wanted = new Set(names);
  const found = listings.flatMap(({ items }) => items).filter(({ name }) => wanted.has(name));
  return {
    units: new Map(found.map((unit) => [unit.name, unit])),
    revision: Math.min(...listings.map(({ revision }) => revision)),
  };
}

/** A unit's name may hold one character that means something in a glob: systemd-escape's backslash. */
function literalGlob(name: string): string {
  return name.replaceAll("\\", "\\\\");
}
