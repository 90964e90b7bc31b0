import type { Verb } from "@flotilla/access";
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
  const isMeant = choice.wanted === undefined || machineID.startsWith(choice.wanted);
  const isHere = await readCluster(
    context,
    signal,
    ({ assignments }) => assignments.get(unit)?.has(machineID) ?? false,
  );
  const machines = isMeant && isHere ? [machineID] : [];
  access.require({ verb, unit, machines });
  return machines;
}
