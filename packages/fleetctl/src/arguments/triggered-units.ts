import { dirname, join } from "node:path";
import { isTrigger, isUnitName, parseUnitFile, parseUnitName, triggeredUnitOf, type UnitOption } from "@flotilla/unit";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import { lookUpUnits } from "../cluster/look-up.ts";
import { candidateOf, sourceOf, type WantedOptions, type WantedUnit } from "./wanted-units.ts";

/** A unit that a trigger starts, and the trigger's name. */
export interface TriggeredUnit {
  readonly unit: WantedUnit;
  readonly trigger: string;
}

/**
 * The inactive units that the timers, paths, sockets and automounts among `units` start. Their files come from the
 * trigger's directory or from the cluster. systemd refuses to start a trigger whose unit is not loaded
 * (systemd.timer(5)). A unit found in neither place may be the host's own and is ignored.
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

/** The options of the local file if it will be sent, else of the cluster's file. */
async function optionsOf(
  client: ClusterClient,
  { name, known, local }: WantedUnit,
  signal: AbortSignal,
): Promise<readonly UnitOption[]> {
  if (local) return local.file.options;
  const { template = name } = parseUnitName(name);
  return parseUnitFile(await client.getUnitFile(known ? name : template, signal)).options;
}
