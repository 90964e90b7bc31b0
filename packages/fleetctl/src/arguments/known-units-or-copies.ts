import { type MachineNames, machinesNamed, type UnitEntity } from "@flotilla/api/client";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { ambiguousMachine } from "../cluster/machine-named.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { type UnitOrCopy, parseUnitOrCopy } from "./unit-or-copy.ts";
import { type KnownUnitOptions, resolveKnownUnits, UnknownUnitsError } from "./known-units.ts";
import { isPattern } from "./unit-argument.ts";
import { withoutIdleMatches } from "./without-idle-matches.ts";

/** A unit of the cluster, or its copy on one machine. */
export interface KnownUnitOrCopy {
  readonly unit: UnitEntity;
  /** The whole ID; undefined stands for every machine of the unit. */
  readonly machine: string | undefined;
}

export interface KnownUnitOrCopyOptions extends Pick<KnownUnitOptions, "isForReading" | "onUnknown" | "signal"> {
  /** The value of `--machine`, for arguments that name no machine. */
  readonly machine?: string | undefined;
  /** Whether a machine on which the unit failed before it moved is meant as well. Default false. */
  readonly past?: boolean;
}

/**
 * The units and copies that the arguments name, in their order, without duplicates. Extends resolveKnownUnits by
 * `UNIT@MACHINE`.
 *
 * @throws UnitNameError, CommandError.
 */
export async function resolveUnitsOrCopies(
  client: ClusterClient,
  args: readonly string[],
  { machine, past = false, isForReading = false, onUnknown, signal }: KnownUnitOrCopyOptions,
): Promise<readonly KnownUnitOrCopy[]> {
  const parsed = args.map((argument) =>
    isPattern(argument) ? { unit: argument, machine } : parseUnitOrCopy(argument, machine),
  );
  const resolve = async (one: UnitOrCopy): Promise<readonly KnownUnitOrCopy[]> => {
    const { units } = await resolveKnownUnits(client, [one.unit], {
      templates: false,
      isForReading,
      takesCopies: true,
      signal,
    });
    const { machine: name } = one;
    if (name === undefined) return units.map((unit) => ({ unit, machine: undefined }));
    const known = await machinesKnown(client, units, { name, past, signal });
    const there = units.filter((unit) => machinesOn(unit, { name, past, known }).length > 0);
    // A pattern with a machine means the matches on that machine. Without any, the first unit's error is reported.
    const meant = isPattern(one.unit) && there.length > 0 ? there : units;
    return meant.map((unit) => ({ unit, machine: machineOn(unit, { name, past, known }) }));
  };
  const perArgument = await Promise.all(parsed.map((one) => resolve(one).catch(unknownOrThrow)));
  const found = perArgument.flatMap((one) => (one instanceof UnknownUnitsError ? [] : one));
  const unknown = perArgument.flatMap((one) => (one instanceof UnknownUnitsError ? one.lines : []));
  if (unknown.length > 0 && (!onUnknown || found.length === 0)) throw new UnknownUnitsError(unknown, { isForReading });
  for (const line of unknown) onUnknown?.(line);
  return [...new Map(found.map((one) => [`${one.unit.name}@${one.machine ?? ""}`, one])).values()];
}

function unknownOrThrow(error: unknown): UnknownUnitsError {
  if (error instanceof UnknownUnitsError) return error;
  throw error;
}

/** The machines of a unit or copy, without copies that run only until their replacement is active. */
export function machinesOf({ unit, machine }: KnownUnitOrCopy): readonly string[] {
  if (machine !== undefined) return [machine];
  return unit.machines.filter(({ leaving }) => !leaving).map(({ machineID }) => machineID);
}

/** Drops units on no machine that only a pattern matches, like withoutIdleMatches. */
export function withoutUnplacedMatches(
  context: Context,
  args: readonly string[],
  targets: readonly KnownUnitOrCopy[],
): readonly KnownUnitOrCopy[] {
  return withoutIdleMatches(context, args, targets, {
    unitOf: ({ unit }) => unit,
    isIdle: (target) => machinesOf(target).length === 0,
  });
}

interface Named {
  readonly name: string;
  readonly past: boolean;
  readonly known: readonly MachineNames[];
}

/** The cluster's machines with all their names; none if IDs alone tell which machine is meant. */
async function machinesKnown(
  client: ClusterClient,
  units: readonly UnitEntity[],
  { name, past, signal }: Pick<Named, "name" | "past"> & { readonly signal: AbortSignal },
): Promise<readonly MachineNames[]> {
  if (units.every((unit) => machinesOn(unit, { name, past, known: [] }).length > 0)) return [];
  return (await client.listMachines(signal)).items;
}

/** The unit's machines that the text names. */
function machinesOn({ machines, attempts = [] }: UnitEntity, { name, past, known }: Named): readonly MachineNames[] {
  const all = new Set([...machines, ...(past ? attempts : [])].map(({ machineID }) => machineID));
  const names = new Map(known.map((machine) => [machine.id, machine]));
  return machinesNamed<MachineNames>(
    [...all].map((id) => names.get(id) ?? { id }),
    name,
  );
}

function machineOn(unit: UnitEntity, named: Named): string {
  const { name } = named;
  const [first, ...others] = machinesOn(unit, named);
  if (first === undefined) {
    const places = unit.machines.map(({ machineID }) => machineID);
    const where = places.length === 0 ? "the unit is on no machine" : `the unit is on ${places.join(", ")}`;
    throw new CommandError(`cannot find unit ${unit.name} on machine ${name}: ${where}`);
  }
  if (others.length > 0) throw ambiguousMachine(name, [first, ...others]);
  return first.id;
}
