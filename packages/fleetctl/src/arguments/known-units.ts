import type { UnitEntity } from "@flotilla/api/client";
import { matchesGlob, parseUnitName } from "@flotilla/unit";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { lookUpUnits } from "../cluster/look-up.ts";
import { CommandError } from "../command-error.ts";
import { type CopyLike, copyLike, hasNoCopy, takesNoCopies } from "./copy-like.ts";
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
  /** Whether the command takes `UNIT@MACHINE`, for what is said of one that cannot be. */
  readonly takesCopies?: boolean;
  /**
   * Told of each argument that names nothing, where another one names something: the command goes on with that, as
   * fleet and systemctl do. Without it, one that names nothing is an error.
   */
  readonly onUnknown?: ((line: string) => void) | undefined;
  readonly signal: AbortSignal;
}

/**
 * The units in the cluster that the arguments name. A pattern stands for the units that it matches; templates only
 * where `templates` says so, since they cannot be started or stopped.
 *
 * @throws UnitNameError for what is no name; UnknownUnitsError naming every argument that names nothing.
 */
export async function resolveKnownUnits(
  client: ClusterClient,
  args: readonly string[],
  { templates, isForReading = false, takesCopies = false, onUnknown, signal }: KnownUnitOptions,
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
  const unknown = args.filter((_, index) => [perArgument[index] ?? []].flat().length === 0);
  if (unknown.length > 0) {
    const lines = linesOfUnknown(unknown, await copiesAmong(client, unknown, signal), { isForReading, takesCopies });
    if (!onUnknown || unknown.length === args.length) throw new UnknownUnitsError(lines, { isForReading });
    for (const line of lines) onUnknown(line);
  }
  const units = new Map(perArgument.flat().map((unit) => [unit.name, unit]));
  const revisions = listings.map(({ revision }) => revision);
  return {
    units: [...units.values()],
    revision: Math.min(...revisions, ...(plain.length > 0 ? [named.revision] : [])),
  };
}

/** Of arguments that name nothing, those that were meant as copies, and the units that there are of those. */
async function copiesAmong(
  client: ClusterClient,
  unknown: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Copy>> {
  const copies = unknown.flatMap((argument) => {
    const copy = copyLike(argument);
    return copy ? [[argument, copy] as const] : [];
  });
  if (copies.length === 0) return new Map();
  const names = copies.map(([, { unit }]) => unit);
  const { units } = await lookUpUnits(client, names, signal);
  return new Map(copies.map(([argument, copy]) => [argument, { ...copy, isKnown: units.has(copy.unit) }]));
}

interface Copy extends CopyLike {
  readonly isKnown: boolean;
}

function linesOfUnknown(
  unknown: readonly string[],
  copies: ReadonlyMap<string, Copy>,
  { isForReading, takesCopies }: { readonly isForReading: boolean; readonly takesCopies: boolean },
): readonly string[] {
  return unknown.map((argument) => {
    const copy = copies.get(argument);
    if (copy?.isKnown) return takesCopies ? hasNoCopy(copy) : takesNoCopies(copy);
    if (isPattern(argument)) return `No unit in the cluster matches ${argument}.`;
    return `Unit ${copy?.unit ?? unitNameOf(argument)} ${isForReading ? "does not exist." : "not found in the cluster."}`;
  });
}

/** Nothing that was named is there. */
export class UnknownUnitsError extends CommandError {
  /** One for each argument. */
  readonly lines: readonly string[];

  constructor(lines: readonly string[], { isForReading }: { readonly isForReading: boolean }) {
    const end = "Nothing was changed; `fleetctl list-unit-files` shows the units that there are.";
    super([...lines, ...(isForReading ? [] : [end])].join("\n"));
    this.lines = lines;
  }
}
