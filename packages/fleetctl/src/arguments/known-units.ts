import type { UnitEntity } from "@flotilla/api/client";
import { matchesGlob, parseUnitName } from "@flotilla/unit";
import { isRefusal } from "../cluster/api-refusal.ts";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import { lookUpUnits } from "../cluster/look-up.ts";
import { CommandError } from "../command-error.ts";
import { type CopyLike, copyLike, hasNoCopy, takesNoCopies } from "./copy-like.ts";
import { isPattern, unitNameOf } from "./unit-argument.ts";

export interface KnownUnitList {
  /** In the order of the arguments, without duplicates. */
  readonly units: readonly UnitEntity[];
  /** The revision at which the units were read. */
  readonly revision: number;
}

export interface KnownUnitOptions {
  /** Whether patterns match templates as well. */
  readonly templates: boolean;
  /** Whether the command only reads: fleet words unknown units differently there. */
  readonly isForReading?: boolean;
  /** Whether the command takes `UNIT@MACHINE`; decides the message for an unknown copy. */
  readonly takesCopies?: boolean;
  /**
   * Called with a message for each unknown argument if at least one argument is known. The command then continues with
   * the known ones, as in fleet and systemctl. Without this callback, an unknown argument is an error.
   */
  readonly onUnknown?: ((line: string) => void) | undefined;
  /**
   * Handles a name that no listing shows, since listings leave out unreadable units. Resolves to true if the unit
   * exists and the command has handled it.
   */
  readonly takesUnlisted?: ((name: string) => Promise<boolean>) | undefined;
  readonly signal: AbortSignal;
}

/**
 * The units of the cluster that the arguments name. Patterns match templates only with `templates`, since a template
 * cannot be started or stopped.
 *
 * @throws UnitNameError for an invalid name; UnknownUnitsError naming all unknown arguments.
 */
export async function resolveKnownUnits(
  client: ClusterClient,
  args: readonly string[],
  { templates, isForReading = false, takesCopies = false, onUnknown, takesUnlisted, signal }: KnownUnitOptions,
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
  const unlisted = args.filter((_, index) => [perArgument[index] ?? []].flat().length === 0);
  const unknown = await notTaken(unlisted, takesUnlisted);
  if (unknown.length > 0) {
    const about = { copies: await copiesAmong(client, unknown, signal), isForReading, takesCopies };
    const unreadable = await unreadableAmong(client, unknown, signal);
    const lines = unknown.map((argument) => unreadable.get(argument) ?? lineOfUnknown(argument, about));
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

/** The arguments that `takesUnlisted` does not handle. */
async function notTaken(
  args: readonly string[],
  takesUnlisted: KnownUnitOptions["takesUnlisted"],
): Promise<readonly string[]> {
  if (!takesUnlisted) return args;
  const taken = await inParallel(args, async (argument) => !isPattern(argument) && takesUnlisted(unitNameOf(argument)));
  return args.filter((_, index) => taken[index] !== true);
}

/** The unknown arguments that look like copies, and whether their units exist. */
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

interface AboutUnknown {
  readonly copies: ReadonlyMap<string, Copy>;
  readonly isForReading: boolean;
  readonly takesCopies: boolean;
}

function lineOfUnknown(argument: string, { copies, isForReading, takesCopies }: AboutUnknown): string {
  const copy = copies.get(argument);
  if (copy?.isKnown) return takesCopies ? hasNoCopy(copy) : takesNoCopies(copy);
  if (isPattern(argument)) return `no unit in the cluster matches ${argument}`;
  const unit = copy?.unit ?? unitNameOf(argument);
  return isForReading ? `Unit ${unit} does not exist.` : `unit ${unit} not found in the cluster`;
}

/** The daemon's messages for units that are in the store but unreadable: no listing shows them. */
async function unreadableAmong(
  client: ClusterClient,
  unknown: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const names = unknown.filter((argument) => !isPattern(argument));
  const said = await inParallel(names, async (argument) => {
    try {
      await client.getUnit(unitNameOf(argument), signal);
    } catch (error) {
      if (isRefusal(error, "unit-unreadable")) return [[argument, error.message] as const];
      if (!isRefusal(error, "unit-not-found")) throw error;
    }
    return [];
  });
  return new Map(said.flat());
}

/** No argument names a known unit. */
export class UnknownUnitsError extends CommandError {
  /** One line for each argument. */
  readonly lines: readonly string[];

  constructor(lines: readonly string[], { isForReading }: { readonly isForReading: boolean }) {
    const end = "nothing was changed; see fleetctl list-unit-files for the known units";
    super([...lines, ...(isForReading ? [] : [end])].join("\n"));
    this.lines = lines;
  }
}
