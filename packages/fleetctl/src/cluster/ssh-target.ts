import { type MachineEntity, machinesNamed, type UnitEntity } from "@flotilla/api/client";
import { UnitNameError } from "@flotilla/unit";
import { parseUnitOrCopy } from "../arguments/unit-or-copy.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { isRefusal } from "./api-refusal.ts";
import { machineNamed } from "./machine-named.ts";

/** The target of `ssh`; one of the fields is given. */
export interface SshTarget {
  readonly machine: string | undefined;
  readonly unit: string | undefined;
  /** A machine or a unit, whichever exists. */
  readonly target: string | undefined;
}

/**
 * The address of the target's machine.
 *
 * @throws CommandError if no machine matches, or several do.
 */
export async function resolveSshTarget(context: Context, { machine, unit, target = "" }: SshTarget): Promise<string> {
  const { items: machines } = await (await context.client()).listMachines(context.signal);
  if (machine !== undefined) return addressOf(machineNamed(machines, machine));
  if (unit !== undefined) return addressOf(await machineOfUnit(context, machines, unit));
  const machinesMeant = machinesNamed(machines, target);
  const unitMeant = await findUnit(context, target);
  if (machinesMeant.length > 0 && unitMeant)
    throw new CommandError(
      `ambiguous argument, both machine and unit found for \`${target}\`.\nUse --machine or --unit to choose.`,
    );
  if (unitMeant) return addressOf(await machineOfUnit(context, machines, target));
  if (machinesMeant.length > 0) return addressOf(machineNamed(machines, target));
  throw new CommandError(
    `could not find matching unit or machine for ${target}: see fleetctl list-machines and fleetctl list-unit-files`,
  );
}

function addressOf({ id, primaryIP }: MachineEntity): string {
  if (primaryIP !== "") return primaryIP;
  throw new CommandError(`Could not determine address of machine ${id}: its fleetd has no public_ip.`);
}

async function findUnit(context: Context, argument: string): Promise<UnitEntity | undefined> {
  try {
    return await (await context.client()).getUnit(parseUnitOrCopy(argument).unit, context.signal);
  } catch (error) {
    if (error instanceof UnitNameError || isRefusal(error, "unit-not-found")) return undefined;
    throw error;
  }
}

async function machineOfUnit(
  context: Context,
  machines: readonly MachineEntity[],
  argument: string,
): Promise<MachineEntity> {
  const { unit: name, machine } = parseUnitOrCopy(argument);
  const unit = await findUnit(context, argument);
  if (!unit) throw new CommandError(`Unit ${name} does not exist.`);
  const isMeant = (id: string): boolean =>
    machine === undefined || machinesNamed([machines.find((one) => one.id === id) ?? { id }], machine).length > 0;
  const places = unit.machines.filter(({ leaving, machineID }) => !leaving && isMeant(machineID));
  const [place, ...others] = places.map(({ machineID }) => machineID);
  if (place === undefined) {
    const where = machine === undefined ? "any machine" : `machine ${machine}`;
    throw new CommandError(
      [`cannot find unit ${name} on ${where}`, ...(unit.reasons ?? []).map((reason) => `  ${reason}`)].join("\n"),
    );
  }
  if (others.length > 0) {
    const forms = [place, ...others].map((id) => `${name}@${id.slice(0, 8)}`).join(", ");
    throw new CommandError(`ambiguous unit ${name}: it is on several machines; give one of ${forms}`);
  }
  return machineNamed(machines, place);
}
