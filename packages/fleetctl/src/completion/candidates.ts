import { readdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Command, Option } from "commander";
import { isUnitName, parseUnitName } from "@flotilla/unit";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import type { Situation } from "./situation.ts";

/** What may stand where the cursor is. */
export interface Candidate {
  readonly word: string;
  readonly help: string;
}

export interface CandidateSources {
  readonly directory: string;
  /** Undefined where the cluster is not to be asked. */
  readonly client: () => Promise<ClusterClient | undefined>;
  readonly signal: AbortSignal;
}

/** Commands that take unit files from here. */
const WITH_FILES: ReadonlySet<string> = new Set(["submit", "load", "start"]);
/** Commands that take templates, too. */
const WITH_TEMPLATES: ReadonlySet<string> = new Set(["submit", "cat", "edit", "destroy"]);

/** Everything that the word being typed may become; whole words, in the order to show. */
export async function candidatesFor(
  { completing, typed }: Situation,
  sources: CandidateSources,
): Promise<readonly Candidate[]> {
  const fitting = (candidates: readonly Candidate[]) => candidates.filter(({ word }) => word.startsWith(typed));
  switch (completing.kind) {
    case "command":
      return fitting(commandsOf(completing.of));
    case "flag":
      return fitting(
        completing.of
          .filter(({ hidden }) => !hidden)
          .map(({ long, description }) => ({ word: long ?? "", help: description })),
      );
    case "value": {
      const values = fitting(await valuesOf(completing.option, typed, sources));
      return values.map(({ word, help }) => ({ word: completing.before + word, help }));
    }
    case "operand":
      return fitting(await operandsOf(completing.command, completing.argument.name(), typed, sources));
    case "nothing":
      return [];
    default:
      return completing satisfies never;
  }
}

function commandsOf(command: Command): readonly Candidate[] {
  const commands = command.createHelp().visibleCommands(command);
  return commands.map((one) => ({ word: one.name(), help: one.summary() || one.description() }));
}

async function valuesOf(option: Option, typed: string, sources: CandidateSources): Promise<readonly Candidate[]> {
  if (option.argChoices) return option.argChoices.map((word) => ({ word, help: "" }));
  if (option.long === "--machine") return machines(sources);
  if (option.long === "--unit") return units(typed, true, sources);
  return option.long?.endsWith("-file") ? files(typed, () => true, sources) : [];
}

async function operandsOf(
  command: Command,
  argument: string,
  typed: string,
  sources: CandidateSources,
): Promise<readonly Candidate[]> {
  switch (argument) {
    case "unit": {
      const known = await units(typed, WITH_TEMPLATES.has(command.name()), sources);
      return WITH_FILES.has(command.name()) ? [...known, ...(await files(typed, isUnitName, sources))] : known;
    }
    case "machine":
      return machines(sources);
    case "target":
      return [...(await machines(sources)), ...(await units(typed, false, sources))];
    case "socket":
      return files(typed, () => true, sources);
    case "shell":
      return ["bash", "zsh", "fish"].map((word) => ({ word, help: "" }));
    default:
      return [];
  }
}

async function machines({ client, signal }: CandidateSources): Promise<readonly Candidate[]> {
  const { items = [] } = (await (await client())?.listMachines(signal)) ?? {};
  return items.map(({ id, primaryIP }) => ({ word: id, help: primaryIP }));
}

/** Units that begin so; and where a whole one with an `@` behind it is typed, its copies. */
async function units(
  typed: string,
  templates: boolean,
  { client, signal }: CandidateSources,
): Promise<readonly Candidate[]> {
  const begun = typed.replaceAll(/[\\*?[\]]/g, "\\$&");
  const { items = [] } = (await (await client())?.listUnits({ name: `${begun}*` }, signal)) ?? {};
  const known = items.filter(({ name }) => templates || !parseUnitName(name).isTemplate);
  const words = known.map(({ name, description }) => ({ word: name, help: description }));
  const [, unit = ""] = /^(.+)@[0-9a-f]*$/.exec(typed) ?? [];
  if (!isUnitName(unit)) return words;
  const copies = (await (await client())?.getUnit(unit, signal).catch(() => undefined))?.machines ?? [];
  return [...words, ...copies.map(({ machineID }) => ({ word: `${unit}@${machineID.slice(0, 8)}`, help: "" }))];
}

/** Directories with a slash at their end, and the files that fit. */
async function files(
  typed: string,
  fits: (name: string) => boolean,
  { directory }: CandidateSources,
): Promise<readonly Candidate[]> {
  const before = typed.slice(0, typed.lastIndexOf("/") + 1);
  const entries = await readdir(resolve(directory, dirname(`${before || "./"}x`)), { withFileTypes: true }).catch(
    () => [],
  );
  return entries
    .filter((entry) => !entry.name.startsWith(".") && (entry.isDirectory() || fits(entry.name)))
    .map((entry) => ({ word: `${before}${entry.name}${entry.isDirectory() ? "/" : ""}`, help: "" }))
    .toSorted((a, b) => (a.word < b.word ? -1 : 1));
}
