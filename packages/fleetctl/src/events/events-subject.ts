import { isUnitName } from "@flotilla/unit";
import { machinesNamed } from "@flotilla/api/client";
import { isPattern, unitNameOf } from "../arguments/unit-argument.ts";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { UsageError } from "../command-error.ts";

/** The beginning of a machine's ID, as listings show it. */
const ID_LIKE = /^[0-9a-f]{8,64}(\.\.\.)?$/;

/**
 * Reads the argument of `events`: a unit, or a machine. Text with a unit's type is a unit; other text is a machine if
 * there is one of that name, or if it looks like an ID, as of a machine that is gone; else it is a service.
 * @throws UsageError for a pattern; UnitNameError.
 */
export async function eventsSubject(
  client: Pick<ClusterClient, "listMachines">,
  argument: string,
  signal: AbortSignal,
): Promise<{ readonly unit: string } | { readonly machine: string }> {
  if (isPattern(argument))
    throw new UsageError(
      `cannot use the pattern ${argument}: events takes one unit or machine; leave it out to see all`,
    );
  if (isUnitName(argument)) return { unit: argument };
  const { items } = await client.listMachines(signal);
  const [only, ...others] = machinesNamed(items, argument);
  if (only && others.length === 0) return { machine: only.id };
  if (only || ID_LIKE.test(argument)) return { machine: argument.replace("...", "") };
  return { unit: unitNameOf(argument) };
}
