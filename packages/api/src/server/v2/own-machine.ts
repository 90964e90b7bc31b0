import type { Verb } from "@flotilla/access";
import { type MachineNames, machinesNamed } from "@flotilla/model";
import type { RequestAccess } from "../access/request-access.ts";
import { type ApiContext, readCluster } from "../context.ts";
import type { MachineChoice } from "./unit-machines.ts";

interface Question {
  readonly access: RequestAccess;
  readonly verb: Verb;
  readonly unit: string;
  readonly choice: MachineChoice;
}

/**
 * For a caller that is a machine, returns that machine if the unit is assigned to it. Undefined for other callers, who
 * may ask about every machine.
 * @throws RequestError if the unit is not assigned there; the message is the same for a unit that does not exist.
 */
export async function ownMachine(
  context: ApiContext,
  { access, verb, unit, choice }: Question,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const { caller } = access;
  if (caller.kind !== "machine") return undefined;
  const { machineID } = caller;
  const { wanted } = choice;
  const isMeantHere = await readCluster(context, signal, ({ assignments, machines: present }) => {
    const own: MachineNames = present.get(machineID) ?? { id: machineID };
    const isMeant = wanted === undefined || machinesNamed([own], wanted).length > 0;
    return isMeant && assignments.get(unit)?.has(machineID) === true;
  });
  const machines = isMeantHere ? [machineID] : [];
  access.require({ verb, unit, machines });
  return machines;
}
