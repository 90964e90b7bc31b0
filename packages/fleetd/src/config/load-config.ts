import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import { getSystemErrorMessage } from "node:util";
import { closest, distance } from "fastest-levenshtein";
import { parse } from "ini";
import { ConfigError } from "./config-error.ts";
import { refuseConflicts } from "./conflicts.ts";
import { type FleetdConfig, fleetdOptions, type OptionName, optionNames } from "./fleetd-options.ts";

export interface ConfigSources {
  /** Path of fleet.conf. */
  readonly file: string;
  /** True if the user named the file. A required file must exist. */
  readonly required: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Options from the command line, which override all other sources. */
  readonly overrides?: Readonly<Partial<Record<OptionName, string>>>;
}

interface Setting {
  readonly value: string;
  /** The setting's place, for messages: "/etc/fleet/fleet.conf line 3". */
  readonly origin: string;
}

/** The most characters of a value that a message shows. */
const MOST_SHOWN = 200;

/**
 * Reads fleetd's configuration. As in fleet, the command line overrides `FLEET_<OPTION>` in the environment, the
 * environment overrides the file, and the file overrides the defaults.
 * @throws ConfigError naming the option, its file and line or its variable, and the fix.
 */
export async function loadConfig(sources: ConfigSources): Promise<FleetdConfig> {
  const settings = new Map([
    ...fromFile(sources.file, await textOf(sources)),
    ...fromEnvironment(sources.environment),
    ...fromOverrides(sources.overrides ?? {}),
  ]);
  const result = fleetdOptions.safeParse(Object.fromEntries([...settings].map(([name, { value }]) => [name, value])));
  if (result.success) {
    refuseConflicts((name) => settings.get(name)?.origin);
    return result.data;
  }
  const [issue] = result.error.issues;
  const name = String(issue?.path[0]);
  const setting = settings.get(name);
  throw new ConfigError(
    `${setting?.origin ?? "configuration"}: ${name}="${shown(setting?.value ?? "")}" ${issue?.message ?? "is not valid"}`,
  );
}

function shown(value: string): string {
  return value.length > MOST_SHOWN ? `${value.slice(0, MOST_SHOWN)}…` : value;
}

async function textOf({ file, required }: ConfigSources): Promise<string> {
  const content = await contentOf(file, required);
  if (!isUtf8(content)) throw new ConfigError(`cannot parse configuration file ${file}: not UTF-8 text`);
  return content.toString("utf8");
}

async function contentOf(file: string, required: boolean): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code, errno = 0 } = error as NodeJS.ErrnoException;
    if (!required && code === "ENOENT") return Buffer.alloc(0);
    throw new ConfigError(`cannot read configuration file ${file}: ${getSystemErrorMessage(errno)}`, {
      cause: error,
    });
  }
}

function fromFile(file: string, text: string): [string, Setting][] {
  const lines = text.split(/\r?\n/);
  const at = (matches: (line: string) => boolean): string => `${file} line ${lines.findLastIndex(matches) + 1}`;
  const keyOf = (line: string): string => line.split("=", 1)[0]?.trim() ?? "";
  const section = lines.findIndex((line) => /^\s*\[/.test(line));
  if (section >= 0)
    throw new ConfigError(
      `${file} line ${section + 1}: fleet.conf has no sections; remove ${lines[section]?.trim() ?? ""}`,
    );
  // The ini parser skips a key `__proto__`.
  const proto = lines.findIndex((line) => /^\s*["']?__proto__\b/.test(line));
  if (proto >= 0) requireKnown("__proto__", `${file} line ${proto + 1}`);
  return Object.entries(parse(text)).map(([name, value]) => {
    const origin = at((line) => keyOf(line) === name);
    requireKnown(name, origin);
    // The ini parser gives a key without "=" the value true, like the word true.
    const bare = lines.some((line) => line.trim() === name);
    if (bare) throw new ConfigError(`${origin}: ${name} needs a value; write ${name}=VALUE`);
    return [name, { value: String(value), origin }];
  });
}

/** An option name that differs in more letters is not suggested. */
const MOST_TYPOS = 4;

function requireKnown(name: string, origin: string): void {
  if ((optionNames as readonly string[]).includes(name)) return;
  const nearest = closest(name, optionNames);
  const hint = distance(name, nearest) <= MOST_TYPOS ? `did you mean "${nearest}"?` : "fleet.conf(5) lists the options";
  throw new ConfigError(`${origin}: unknown option "${name}"; ${hint}`);
}

const OPTION_VARIABLE = /^FLEET_([A-Z0-9_]+)$/;

function fromEnvironment(environment: ConfigSources["environment"]): [string, Setting][] {
  return Object.entries(environment).flatMap(([variable, value]) => {
    const name = OPTION_VARIABLE.exec(variable)?.[1]?.toLowerCase();
    if (name === undefined || value === undefined) return [];
    const origin = `environment variable ${variable}`;
    requireKnown(name, origin);
    return [[name, { value, origin }]];
  });
}

function fromOverrides(overrides: NonNullable<ConfigSources["overrides"]>): [string, Setting][] {
  return Object.entries(overrides).map(([name, value]) => [name, { value, origin: "command line" }]);
}
