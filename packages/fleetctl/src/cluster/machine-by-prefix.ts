import type { MachineEntity } from "@flotilla/api/client";
import { CommandError } from "../command-error.ts";

/**
 * The machine whose ID begins with `prefix`.
 *
 * @throws CommandError if no machine matches, or several do.
 */
export function machineByPrefix<M extends Pick<MachineEntity, "id">>(machines: readonly M[], prefix: string): M {
  const [first, ...others] = machines.filter(({ id }) => id.startsWith(prefix.toLowerCase()));
  if (!first) {
    throw new CommandError(
      `cannot find machine ${prefix}: no machine ID in the cluster begins with it; see fleetctl list-machines`,
    );
  }
  if (others.length === 0) return first;
  const ids = [first, ...others].map(({ id }) => id).join(", ");
  throw new CommandError(`ambiguous machine ${prefix}: could be ${ids}`);
}
