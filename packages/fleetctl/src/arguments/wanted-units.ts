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

/** A unit that is to be submitted, loaded or started, and where its content comes from. */
export interface WantedUnit {
  readonly name: string;
  /** As given, for messages. */
  readonly argument: string;
  /** Where its file would be, relative to the working directory. */
  readonly path: string;
  /** What the cluster knows of it already. */
  readonly known: UnitEntity | undefined;
  /** The file to send; undefined: the cluster has it, or has the template to make it from. */
  readonly local: LocalUnitFile | undefined;
  readonly isGlobal: boolean;
  /** For the user, about where the content comes from. */
  readonly warnings: readonly string[];
}

export interface WantedUnits {
  readonly units: readonly WantedUnit[];
  /** With `replace`: templates in the cluster whose file here, from which some of the units are made, is another one. */
  readonly templates: readonly WantedUnit[];
  /** The revision that `known` shows. */
  readonly revision: number;
}

export interface WantedOptions {
  readonly directory: string;
  /** Files here count before what the cluster has; a unit that it has is to have one. */
  readonly replace: boolean;
  /** Directories and patterns stand for templates, too: they cannot be run, but submitted. */
  readonly templates: boolean;
  readonly signal: AbortSignal;
}

/**
 * Resolves arguments by fleet's order: the unit in the cluster, its file here, its template in the cluster, its
 * template's file here. Nothing is written.
 *
 * @throws UnitNameError and CommandError for the first argument that cannot be, and for units to be replaced without
 * a file here.
 */
export async function resolveWantedUnits(
  client: ClusterClient,
  args: readonly string[],
  options: WantedOptions,
): Promise<WantedUnits> {
  const { replace, signal } = options;
  const named = await Promise.all(args.map((argument) => candidatesOf(client, argument, options)));
  // Of a unit that several arguments name, the first one counts.
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

/** @throws CommandError naming the units that nothing here can take the place of. */
function refuseWithoutFile(units: readonly WantedUnit[]): void {
  const lines = units
    .filter(({ known, local }) => known && !local)
    .map(({ name, path }) => {
      const { template } = parseUnitName(name);
      const orTemplate = template === undefined ? "" : `, nor ${template} beside it`;
      return `Unit ${name} cannot be replaced: there is no file ${path}${orTemplate}.`;
    });
  if (lines.length === 0) return;
  throw new CommandError([...lines, "Name unit files, or leave out --replace. Nothing was changed."].join("\n"));
}

/** An instance that is replaced from a template's file would differ from the next one that the cluster makes. */
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
  // Of several files of one template, the first one counts.
  return [...new Map(templates.toReversed().map((template) => [template.name, template])).values()];
}

export interface Candidate extends Pick<WantedUnit, "name" | "argument" | "path" | "local"> {
  /** The argument is the path of a file that can be no unit's. */
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
    // What the cluster has stays as it is, and no file is read for it.
    if (names.length > 0 && !replace)
      return names.map((name) => ({ name, argument, path: pathOf(name), local: undefined }));
    if (names.length > 0) return Promise.all(names.map((name) => candidateOf(directory, pathOf(name))));
    const found = await fromFiles(await unitFilesLike(directory, argument));
    if (found.length > 0) return found;
    throw new CommandError(`No unit in the cluster matches ${argument}, and no unit file here does.`);
  }
  const paths = await unitFilesIn(directory, argument);
  if (!paths) return [await candidateOf(directory, argument)];
  if (paths.length === 0) throw new CommandError(`There are no unit files in the directory ${argument}.`);
  return fromFiles(paths);
}

/** @param argument a name or a path, and no pattern or directory. */
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

/** The unit by the order above; undefined if there is none of these. */
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

/** fleet's words, which scripts look for. */
function differsFromTemplate(name: string, argument: string): string {
  return `WARNING: Unit ${name} in registry differs from local template unit file ${argument}. Add --replace to override.`;
}

function notFound(name: string, path: string): string {
  const { template } = parseUnitName(name);
  const templates = template === undefined ? "" : `, nor its template ${template}`;
  return `There is no file ${path}, and the cluster knows no unit ${name}${templates}: check the path, or submit the unit first.`;
}
