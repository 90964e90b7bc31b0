import type { UnitEntity } from "@flotilla/api/client";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { type InstanceArgument, parseInstance } from "./instance-argument.ts";
import { type KnownUnitOptions, resolveKnownUnits, UnknownUnitsError } from "./known-units.ts";
import { isPattern } from "./unit-argument.ts";
import { withoutIdleMatches } from "./without-idle-matches.ts";

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
 * @param past whether a machine on which the unit has failed before it moved will do. Default false.
 * @throws UnitNameError, CommandError.
 */
export async function resolveKnownInstances(
  client: ClusterClient,
  args: readonly string[],
  {
    machine,
    past = false,
    onUnknown,
    ...options
  }: Omit<KnownUnitOptions, "templates" | "takesCopies"> & {
    readonly machine?: string | undefined;
    readonly past?: boolean;
  },
): Promise<readonly KnownInstance[]> {
  const parsed = args.map((argument) =>
    isPattern(argument) ? { unit: argument, machine } : parseInstance(argument, machine),
  );
  const resolve = async (one: InstanceArgument): Promise<readonly KnownInstance[]> => {
    const { units } = await resolveKnownUnits(client, [one.unit], { ...options, templates: false, takesCopies: true });
    const { machine: prefix } = one;
    if (prefix === undefined) return units.map((unit) => ({ unit, machine: undefined }));
    const there = units.filter((unit) => machinesLike(unit, prefix, past).length > 0);
    // A pattern and a machine mean what is there of it; if nothing is, the first unit says so.
    const meant = isPattern(one.unit) && there.length > 0 ? there : units;
    return meant.map((unit) => ({ unit, machine: machineLike(unit, prefix, past) }));
  };
  const perArgument = await Promise.all(parsed.map((one) => resolve(one).catch(unknownOrThrow)));
  const found = perArgument.flatMap((one) => (one instanceof UnknownUnitsError ? [] : one));
  const unknown = perArgument.flatMap((one) => (one instanceof UnknownUnitsError ? one.lines : []));
  if (unknown.length > 0 && (!onUnknown || found.length === 0))
    throw new UnknownUnitsError(unknown, { isForReading: options.isForReading ?? false });
  for (const line of unknown) onUnknown?.(line);
  return [...new Map(found.map((one) => [`${one.unit.name}@${one.machine ?? ""}`, one])).values()];
}

function unknownOrThrow(error: unknown): UnknownUnitsError {
  if (error instanceof UnknownUnitsError) return error;
  throw error;
}

/** The machines that an instance stands for, whatever is left to run on others only for a while. */
export function machinesOf({ unit, machine }: KnownInstance): readonly string[] {
  if (machine !== undefined) return [machine];
  return unit.machines.filter(({ leaving }) => !leaving).map(({ machineID }) => machineID);
}

/** What patterns match and is on no machine is left out, as withoutIdleMatches has it. */
export function withoutUnplacedMatches(
  context: Context,
  args: readonly string[],
  instances: readonly KnownInstance[],
): readonly KnownInstance[] {
  return withoutIdleMatches(context, args, instances, {
    unitOf: ({ unit }) => unit,
    isIdle: (instance) => machinesOf(instance).length === 0,
  });
}

function machinesLike({ machines, attempts = [] }: UnitEntity, prefix: string, past: boolean): readonly string[] {
  const all = new Set([...machines, ...(past ? attempts : [])].map(({ machineID }) => machineID));
  return [...all].filter((id) => id.startsWith(prefix.toLowerCase()));
}

function machineLike(unit: UnitEntity, prefix: string, past: boolean): string {
  const { name } = unit;
  const [first, ...others] = machinesLike(unit, prefix, past);
  if (first === undefined) {
    const places = unit.machines.map(({ machineID }) => machineID);
    const where = places.length === 0 ? "it is on none" : `it is on ${places.join(", ")}`;
    throw new CommandError(`Unit ${name} is on no machine whose ID begins with ${prefix}: ${where}.`);
  }
  if (others.length === 0) return first;
  throw new CommandError(
    `Several machines of unit ${name} have an ID that begins with ${prefix}: ${[first, ...others].join(", ")}.`,
  );
}
