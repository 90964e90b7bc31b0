import type { UnitEntity } from "@flotilla/api/client";
import { matchesGlob, parseUnitName } from "@flotilla/unit";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { lookUpUnits } from "../cluster/look-up.ts";
import { CommandError } from "../command-error.ts";
import { isPattern, unitNameOf } from "./unit-argument.ts";

export interface KnownUnitList {
  /** In the order of the arguments, each once. */
  readonly units: readonly UnitEntity[];
  /** The revision that they show. */
  readonly revision: number;
}

export interface KnownUnitOptions {
  /** Whether patterns stand for templates, too. */
  readonly templates: boolean;
  /** The units are only looked at: fleet has other words for those that are not there. */
  readonly isForReading?: boolean;
  readonly signal: AbortSignal;
}

/**
 * The units in the cluster that the arguments name. A pattern stands for the units that it matches; templates only
 * where `templates` says so, since they cannot be started or stopped.
 *
 * @throws UnitNameError for what is no name; CommandError naming every argument that names nothing.
 */
export async function resolveKnownUnits(
  client: ClusterClient,
  args: readonly string[],
  { templates, isForReading = false, signal }: KnownUnitOptions,
): Promise<KnownUnitList> {
  const plain = args.filter((argument) => !isPattern(argument)).map(unitNameOf);
  const patterns = args.filter(isPattern);
  const [named, ...listings] = await Promise.all([
    lookUpUnits(client, plain, signal),
    ...patterns.map((name) => client.listUnits({ name }, signal)),
  ]);
  const matched = listings
    .flatMap(({ items }) => items)
    .filter(({ name }) => templates || !parseUnitName(name).isTemplate);
  const perArgument = args.map((argument) => {
    if (isPattern(argument)) return matched.filter(({ name }) => matchesGlob(argument, name));
    return named.units.get(unitNameOf(argument)) ?? [];
  });
  refuseUnknown(args, perArgument, isForReading);
  const units = new Map(perArgument.flat().map((unit) => [unit.name, unit]));
  const revisions = listings.map(({ revision }) => revision);
  return {
    units: [...units.values()],
    revision: Math.min(...revisions, ...(plain.length > 0 ? [named.revision] : [])),
  };
}

function refuseUnknown(
  args: readonly string[],
  found: readonly (UnitEntity | readonly UnitEntity[])[],
  isForReading: boolean,
): void {
  const unknown = args.filter((_, index) => [found[index] ?? []].flat().length === 0);
  if (unknown.length === 0) return;
  const lines = unknown.map((argument) =>
    isPattern(argument)
      ? `No unit in the cluster matches ${argument}.`
      : `Unit ${unitNameOf(argument)} ${isForReading ? "does not exist." : "not found in the cluster."}`,
  );
  if (isForReading) throw new CommandError(lines.join("\n"));
  throw new CommandError(
    [...lines, "Nothing was changed; `fleetctl list-unit-files` shows the units that there are."].join("\n"),
  );
}
