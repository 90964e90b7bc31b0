import type { UnitEntity } from "@flotilla/api/client";
import type { ClusterClient } from "./cluster-client.ts";

/** Up to this many names are looked up one by one; above, one listing is cheaper. */
const ONE_BY_ONE = 8;

/** Units as of one revision: a watch from the next revision on misses no change of them. */
export interface KnownUnits {
  readonly units: ReadonlyMap<string, UnitEntity>;
  readonly revision: number;
}

/** Looks up units by name; names unknown to the cluster are absent from the result. */
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

/** Escapes the backslash of systemd-escape(1), the only glob character that a unit name may contain. */
function literalGlob(name: string): string {
  return name.replaceAll("\\", "\\\\");
}
