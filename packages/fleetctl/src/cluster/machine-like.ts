import type { MachineEntity } from "@flotilla/api/client";
import { CommandError } from "../command-error.ts";

/**
 * The one machine whose ID begins with `prefix`.
 *
 * @throws CommandError when there is none, or more than one.
 */
export function machineLike<M extends Pick<MachineEntity, "id">>(machines: readonly M[], prefix: string): M {
  const [first, ...others] = machines.filter(({ id }) => id.startsWith(prefix.toLowerCase()));
  if (!first) {
    throw new CommandError(
      `No machine in the cluster has an ID that begins with ${prefix}: see fleetctl list-machines.`,
    );
  }
  if (others.length === 0) return first;
  const ids = [first, ...others].map(({ id }) => id).join(", ");
  throw new CommandError(`Several machines have an ID that begins with ${prefix}: ${ids}.`);
}
