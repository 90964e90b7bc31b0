import { describeMachines, type MachineNames, machinesNamed } from "@flotilla/api/client";
import { CommandError } from "../command-error.ts";

/** For the help of commands that take a machine. */
export const MACHINE_ARGUMENT = "machine: a beginning of its ID, its host name or its address";

/**
 * The machine that a text names: see `machinesNamed`.
 *
 * @throws CommandError if no machine matches, or several do.
 */
export function machineNamed<M extends MachineNames>(machines: readonly M[], text: string): M {
  const [first, ...others] = machinesNamed(machines, text);
  if (!first)
    throw new CommandError(
      `cannot find machine ${text}: no machine in the cluster has this beginning of an ID, host name or address; ` +
        "see fleetctl list-machines",
    );
  if (others.length > 0) throw ambiguousMachine(text, [first, ...others]);
  return first;
}

/** Lists the candidates, each with its ID, host name and address. */
export function ambiguousMachine(text: string, candidates: readonly MachineNames[]): CommandError {
  const lines = describeMachines(candidates).map((line) => `  ${line}`);
  return new CommandError([`ambiguous machine ${text}: it could be`, ...lines].join("\n"));
}
