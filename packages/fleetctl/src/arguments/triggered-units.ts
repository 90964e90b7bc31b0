import { dirname, join } from "node:path";
import { isTrigger, isUnitName, parseUnitFile, parseUnitName, triggeredUnitOf, type UnitOption } from "@flotilla/unit";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import { lookUpUnits } from "../cluster/look-up.ts";
import { candidateOf, sourceOf, type WantedOptions, type WantedUnit } from "./wanted-units.ts";

/** A unit that another one starts, and which one that is. */
export interface TriggeredUnit {
  readonly unit: WantedUnit;
  readonly trigger: string;
}

/**
 * The units that timers, paths and sockets among `units` start and that no machine has, as far as there are any: beside
 * the trigger's file, or in the cluster. systemd refuses to start a trigger whose unit it cannot load
 * (systemd.timer(5)). What is neither named nor known may be the hosts' own, and is left alone.
 */
export async function resolveTriggeredUnits(
  client: ClusterClient,
  units: readonly WantedUnit[],
  { directory, replace, signal }: WantedOptions,
): Promise<readonly TriggeredUnit[]> {
  const named = new Set(units.map(({ name }) => name));
  const triggered = new Map<string, { readonly path: string; readonly trigger: string }>();
  const triggers = units.filter(({ name }) => isTrigger(name));
  const read = await inParallel(triggers, async (unit) => ({ unit, options: await optionsOf(client, unit, signal) }));
  for (const { unit, options } of read) {
    const name = triggeredUnitOf(unit.name, options);
    if (name === undefined || named.has(name) || !isUnitName(name) || parseUnitName(name).isTemplate) continue;
    triggered.set(name, { path: join(dirname(unit.path), name), trigger: unit.name });
  }
  if (triggered.size === 0) return [];
  const names = [...triggered.keys()].flatMap((name) => [name, parseUnitName(name).template ?? name]);
  const { units: known } = await lookUpUnits(client, [...new Set(names)], signal);
  const found = await Promise.all(
    [...triggered.values()].map(async ({ path, trigger }) => {
      const unit = sourceOf(await candidateOf(directory, path), known, replace);
      return unit && (unit.known?.desiredState ?? "inactive") === "inactive" ? [{ unit, trigger }] : [];
    }),
  );
  return found.flat();
}

/** What the cluster has is asked for, as far as nothing here takes its place. */
async function optionsOf(
  client: ClusterClient,
  { name, known, local }: WantedUnit,
  signal: AbortSignal,
): Promise<readonly UnitOption[]> {
  if (local) return local.file.options;
  const { template = name } = parseUnitName(name);
  return parseUnitFile(await client.getUnitFile(known ? name : template, signal)).options;
}
