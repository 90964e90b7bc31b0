import type { UnitEntity } from "@flotilla/api/client";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { CommandError } from "../command-error.ts";
import { parseInstance } from "./instance-argument.ts";
import { type KnownUnitOptions, resolveKnownUnits } from "./known-units.ts";
import { isPattern } from "./unit-argument.ts";

/** A unit that the cluster knows, or the copy of it on one machine. */
export interface KnownInstance {
  readonly unit: UnitEntity;
  /** The whole ID; undefined: wherever it is. */
  readonly machine: string | undefined;
}

/**
 * What the arguments name, in their order, each once. As resolveKnownUnits, and `UNIT@MACHINE` besides.
 *
 * @param machine of a `--machine` flag, for the arguments that say none.
 * @throws UnitNameError, CommandError.
 */
export async function resolveKnownInstances(
  client: ClusterClient,
  args: readonly string[],
  { machine, ...options }: Omit<KnownUnitOptions, "templates"> & { readonly machine?: string | undefined },
): Promise<readonly KnownInstance[]> {
  const parsed = args.map((argument) =>
    isPattern(argument) ? { unit: argument, machine } : parseInstance(argument, machine),
  );
  const perArgument = await Promise.all(
    parsed.map(async (one) => {
      const { units } = await resolveKnownUnits(client, [one.unit], { ...options, templates: false });
      return units.map((unit) => ({
        unit,
        machine: one.machine === undefined ? undefined : placeLike(unit, one.machine),
      }));
    }),
  );
  const instances = new Map(perArgument.flat().map((one) => [`${one.unit.name}@${one.machine ?? ""}`, one]));
  return [...instances.values()];
}

/** The machines that an instance stands for, whatever is left to run on others only for a while. */
export function machinesOf({ unit, machine }: KnownInstance): readonly string[] {
  if (machine !== undefined) return [machine];
  return unit.machines.filter(({ leaving }) => !leaving).map(({ machineID }) => machineID);
}

function placeLike({ name, machines }: UnitEntity, prefix: string): string {
  const places = machines.map(({ machineID }) => machineID);
  const [first, ...others] = places.filter((id) => id.startsWith(prefix.toLowerCase()));
  if (first === undefined) {
    const where = places.length === 0 ? "it is on none" : `it is on ${places.join(", ")}`;
    throw new CommandError(`Unit ${name} is on no machine whose ID begins with ${prefix}: ${where}.`);
  }
  if (others.length === 0) return first;
  throw new CommandError(
    `Several machines of unit ${name} have an ID that begins with ${prefix}: ${[first, ...others].join(", ")}.`,
  );
}
