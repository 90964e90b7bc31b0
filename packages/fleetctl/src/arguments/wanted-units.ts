import { dirname, join } from "node:path";
import type { UnitEntity } from "@flotilla/api/client";
import { digestText, hashOptions, matchesGlob, parseUnitName } from "@flotilla/unit";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { lookUpUnits } from "../cluster/look-up.ts";
import { CommandError } from "../command-error.ts";
import { copyLike, takesNoCopies } from "./copy-like.ts";
import { type LocalUnitFile, readLocalUnitFile } from "./local-unit-file.ts";
import { isNoUnitFile, isOtherFile } from "./no-unit-file.ts";
import { unitFilesIn, unitFilesLike } from "./files-in.ts";
import { isPattern, unitNameOf, unitPathOf } from "./unit-argument.ts";

/** A unit to submit, load or start, and the source of its content. */
export interface WantedUnit {
  readonly name: string;
  /** The argument as given, for messages. */
  readonly argument: string;
  /** The path of its file, relative to the working directory. */
  readonly path: string;
  /** The unit as the cluster has it. */
  readonly known: UnitEntity | undefined;
  /** The file to send; undefined if the cluster has the file, or the template to make it from. */
  readonly local: LocalUnitFile | undefined;
  readonly isGlobal: boolean;
  /** Warnings for the user about the source of the content. */
  readonly warnings: readonly string[];
}

export interface WantedUnits {
  readonly units: readonly WantedUnit[];
  /** With `replace`: templates of the cluster whose local file differs and is the source of some of the units. */
  readonly templates: readonly WantedUnit[];
  /** The revision at which `known` was read. */
  readonly revision: number;
}

export interface WantedOptions {
  readonly directory: string;
  /** Whether local files take precedence over the cluster's; every known unit then needs one. */
  readonly replace: boolean;
  /** Whether directories and patterns include templates: templates can be submitted, but not run. */
  readonly templates: boolean;
  readonly signal: AbortSignal;
}

/**
 * Finds the source of each unit in fleet's order: the unit in the cluster, its local file, its template in the cluster,
 * its template's local file. Writes nothing.
 *
 * @throws UnitNameError or CommandError for the first invalid argument; CommandError for units to replace without a
 * local file.
 */
export async function resolveWantedUnits(
  client: ClusterClient,
  args: readonly string[],
  options: WantedOptions,
): Promise<WantedUnits> {
  const { replace, signal } = options;
  const named = await Promise.all(args.map((argument) => candidatesOf(client, argument, options)));
  // If several arguments name a unit, the first one counts.
  const candidates = new Map(
    named
      .flat()
      .toReversed()
      .map((candidate) => [candidate.name, candidate]),
  );
  const inOrder = named.flat().filter((candidate) => candidates.get(candidate.name) === candidate);
  const templates = inOrder.flatMap(({ name }) => parseUnitName(name).template ?? []);
  const names = new Set([...inOrder.map(({ name }) => name), ...templates]);
  const { units: known, revision } = await lookUpUnits(client, [...names], signal);
  const units = inOrder.map((candidate) => decideSource(candidate, known, replace));
  if (replace) refuseWithoutFile(units);
  return { units, templates: replace ? differingTemplates(units, known) : [], revision };
}

/** @throws CommandError naming the units without a local file. */
function refuseWithoutFile(units: readonly WantedUnit[]): void {
  const lines = units
    .filter(({ known, local }) => known && !local)
    .map(({ name, path }) => {
      const { template } = parseUnitName(name);
      const orTemplate = template === undefined ? "" : `, nor its template ${template}`;
      return `cannot replace unit ${name}: cannot find file ${path}${orTemplate}`;
    });
  if (lines.length === 0) return;
  throw new CommandError([...lines, "nothing was changed; give unit files, or leave out --replace"].join("\n"));
}

/**
 * The cluster's templates of those instances in `units` whose new file comes from a local template. The templates must
 * be replaced too, so that later instances equal these.
 */
function differingTemplates(
  units: readonly WantedUnit[],
  known: ReadonlyMap<string, UnitEntity>,
): readonly WantedUnit[] {
  const isNamed = new Set(units.map(({ name }) => name));
  const templates = units.flatMap(({ name: instance, local }): WantedUnit[] => {
    const own = known.get(parseUnitName(instance).template ?? "");
    if (!own || !local?.isTemplates || isNamed.has(own.name) || digestText(local.file.text) === own.digest) return [];
    const { path, requirements } = local;
    const file = { ...local, isTemplates: false };
    return [
      { name: own.name, argument: path, path, known: own, local: file, isGlobal: requirements.global, warnings: [] },
    ];
  });
  // If a template has several files, the first one counts.
  return [...new Map(templates.toReversed().map((template) => [template.name, template])).values()];
}

export interface Candidate extends Pick<WantedUnit, "name" | "argument" | "path" | "local"> {
  /** Whether the argument is the path of a file whose name is no unit name. */
  readonly isOtherFile?: boolean;
}

async function candidatesOf(
  client: ClusterClient,
  argument: string,
  { directory, replace, templates, signal }: WantedOptions,
): Promise<readonly Candidate[]> {
  const isRunnable = (name: string): boolean => templates || !parseUnitName(name).isTemplate;
  const fromFiles = (paths: readonly string[]): Promise<readonly Candidate[]> =>
    Promise.all(paths.filter((path) => isRunnable(unitNameOf(path))).map((path) => candidateOf(directory, path)));
  if (isPattern(argument)) {
    const { items } = await client.listUnits({ name: argument }, signal);
    const names = items.map(({ name }) => name).filter((name) => matchesGlob(argument, name) && isRunnable(name));
    const pathOf = (name: string): string => join(dirname(argument), name);
    // The cluster keeps its content, so no local file is read.
    if (names.length > 0 && !replace)
      return names.map((name) => ({ name, argument, path: pathOf(name), local: undefined }));
    if (names.length > 0) return Promise.all(names.map((name) => candidateOf(directory, pathOf(name))));
    const found = await fromFiles(await unitFilesLike(directory, argument));
    if (found.length > 0) return found;
    throw new CommandError(`no unit in the cluster and no local unit file matches ${argument}`);
  }
  const paths = await unitFilesIn(directory, argument);
  if (!paths) return [await candidateOf(directory, argument)];
  if (paths.length === 0) throw new CommandError(`cannot find unit files in directory ${argument}`);
  return fromFiles(paths);
}

/** @param argument a name or a path, but no pattern or directory. */
export async function candidateOf(directory: string, argument: string): Promise<Candidate> {
  const [name, path] = [unitNameOf(argument), unitPathOf(argument)];
  const local = await readLocalUnitFile(directory, name, path);
  return { name, argument, path, local, isOtherFile: local === undefined && (await isOtherFile(directory, argument)) };
}

function decideSource(candidate: Candidate, known: ReadonlyMap<string, UnitEntity>, replace: boolean): WantedUnit {
  const { name, argument, path, isOtherFile: isOther = false } = candidate;
  const source = sourceOf(candidate, known, replace);
  if (source) return source;
  if (isOther) throw new CommandError(isNoUnitFile(argument));
  const copy = copyLike(argument);
  throw new CommandError(copy ? takesNoCopies(copy) : notFound(name, path));
}

/** The unit with its source, in the order above; undefined if no source exists. */
export function sourceOf(
  { name, argument, path, local }: Candidate,
  known: ReadonlyMap<string, UnitEntity>,
  replace: boolean,
): WantedUnit | undefined {
  const candidate = { name, argument, path };
  const own = known.get(name);
  const isGlobal = own?.global ?? local?.requirements.global ?? false;
  if (own) return { ...candidate, known: own, local, isGlobal, warnings: [] };
  const template = known.get(parseUnitName(name).template ?? "");
  if (template && (!local || (local.isTemplates && !replace))) {
    const warnings =
      local && hashOptions(local.file.options) !== template.hash ? [differsFromTemplate(template.name, argument)] : [];
    return { ...candidate, known: undefined, local: undefined, isGlobal: template.global, warnings };
  }
  return local && { ...candidate, known: undefined, local, isGlobal, warnings: [] };
}

/** fleet's exact words, which scripts look for. */
function differsFromTemplate(name: string, argument: string): string {
  return `WARNING: Unit ${name} in registry differs from local template unit file ${argument}. Add --replace to override.`;
}

function notFound(name: string, path: string): string {
  const { template } = parseUnitName(name);
  const templates = template === undefined ? "" : `, nor its template ${template}`;
  return `cannot find file ${path}, and the cluster has no unit ${name}${templates}: check the path, or submit the unit first`;
}
