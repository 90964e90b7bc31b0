import { readdir } from "node:fs/promises";
import { constants } from "node:os";
import { dirname, resolve } from "node:path";
import type { Command, Option } from "commander";
import { machinesNamed } from "@flotilla/api/client";
import { isUnitName, parseUnitName } from "@flotilla/unit";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { ALL, type Contexts, type SavedContext } from "../contexts/saved-context.ts";
import type { CursorContext } from "./cursor-context.ts";

/** A completion of the word at the cursor. */
export interface Candidate {
  readonly word: string;
  readonly help: string;
}

export interface CandidateSources {
  readonly directory: string;
  /** Resolves to undefined where completion must not ask the cluster. */
  readonly client: () => Promise<ClusterClient | undefined>;
  /** Returns undefined if none are saved. */
  readonly contexts: () => Contexts | undefined;
  readonly signal: AbortSignal;
}

/** Commands that take local unit files. */
const WITH_FILES: ReadonlySet<string> = new Set(["submit", "load", "start"]);
/** Commands that take templates. */
const WITH_TEMPLATES: ReadonlySet<string> = new Set(["submit", "cat", "edit", "destroy"]);

/** The whole words that the word at the cursor can become, in the order to show. */
export async function candidatesFor(
  { completing, typed }: CursorContext,
  sources: CandidateSources,
): Promise<readonly Candidate[]> {
  const fitting = (candidates: readonly Candidate[]) => once(candidates.filter(({ word }) => word.startsWith(typed)));
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
      return fitting(await operandsOf(completing, typed, sources));
    case "nothing":
      return [];
    default:
      return completing satisfies never;
  }
}

/** Drops duplicates: a unit may be in the cluster and have a local file. */
function once(candidates: readonly Candidate[]): readonly Candidate[] {
  const words = new Set<string>();
  return candidates.filter(({ word }) => !words.has(word) && words.add(word));
}

function commandsOf(command: Command): readonly Candidate[] {
  const commands = command.createHelp().visibleCommands(command);
  return commands.map((one) => ({ word: one.name(), help: one.summary() || one.description() }));
}

async function valuesOf(option: Option, typed: string, sources: CandidateSources): Promise<readonly Candidate[]> {
  if (option.long === "--fields") return columns(option.argChoices ?? [], typed);
  if (option.long === "--context") return contextList(typed, sources);
  if (option.argChoices) return option.argChoices.map((word) => ({ word, help: "" }));
  if (option.long === "--machine") return machines(sources);
  if (option.long === "--unit") return units(typed, true, sources);
  if (option.long === "--signal") return signals(typed);
  return option.long?.endsWith("-file") ? files(typed, () => true, sources) : [];
}

async function operandsOf(
  { command, argument, before }: Extract<CursorContext["completing"], { readonly kind: "operand" }>,
  typed: string,
  sources: CandidateSources,
): Promise<readonly Candidate[]> {
  switch (argument.name()) {
    case "unit": {
      const known = await units(typed, WITH_TEMPLATES.has(command.name()), sources);
      return WITH_FILES.has(command.name()) ? [...known, ...(await files(typed, isUnitName, sources))] : known;
    }
    case "unit-file":
      return files(typed, isUnitName, sources);
    case "machine":
      return machines(sources);
    case "context":
      return savedContexts(sources);
    case "key":
      return keysOf(before[0] ?? "", sources);
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

/** Completes the last column of a list, without the columns that the list has already. */
function columns(names: readonly string[], typed: string): readonly Candidate[] {
  const before = typed.slice(0, typed.lastIndexOf(",") + 1);
  const given = before.split(",");
  return names.filter((name) => !given.includes(name)).map((name) => ({ word: before + name, help: "" }));
}

/** Completes the last name of a list of contexts; `all` stands alone. */
function contextList(typed: string, sources: CandidateSources): readonly Candidate[] {
  const before = typed.slice(0, typed.lastIndexOf(",") + 1);
  const given = before.split(",");
  const names = savedContexts(sources).filter(({ word }) => !given.includes(word));
  const rest = names.map(({ word, help }) => ({ word: before + word, help }));
  return before === "" ? [...rest, { word: ALL, help: "every context" }] : rest;
}

function savedContexts({ contexts }: CandidateSources): readonly Candidate[] {
  const saved = contexts()?.contexts ?? new Map<string, SavedContext>();
  return Array.from(saved, ([word, { endpoints }]) => ({ word, help: endpoints.join(",") }));
}

/** Offers short names only once one has been begun. */
function signals(typed: string): readonly Candidate[] {
  const names = Object.keys(constants.signals);
  const short = typed === "" ? [] : names.map((name) => name.slice("SIG".length));
  return [...names, ...short].map((word) => ({ word, help: "" }));
}

/** Metadata keys of the machines that the text names. */
async function keysOf(machine: string, { client, signal }: CandidateSources): Promise<readonly Candidate[]> {
  const { items = [] } = (await (await client())?.listMachines(signal)) ?? {};
  const keys = machinesNamed(items, machine).flatMap(({ metadata }) => Object.entries(metadata));
  return keys.map(([word, help]) => ({ word, help }));
}

async function machines({ client, signal }: CandidateSources): Promise<readonly Candidate[]> {
  const { items = [] } = (await (await client())?.listMachines(signal)) ?? {};
  const ids = items.map(({ id, primaryIP, hostname = "" }) => ({ word: id, help: `${hostname} ${primaryIP}`.trim() }));
  return [...ids, ...items.flatMap(({ id, hostname }) => (hostname ? { word: hostname, help: id } : []))];
}

/** Units with the typed prefix; after a whole unit name and an `@`, also the unit's copies. */
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

/** Directories with a trailing slash, and the files that fit. */
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
