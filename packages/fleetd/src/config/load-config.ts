import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import { getSystemErrorMessage } from "node:util";
import { closest, distance } from "fastest-levenshtein";
import { parse } from "ini";
import { ConfigError } from "./config-error.ts";
import { type FleetdConfig, fleetdOptions, type OptionName, optionNames } from "./fleetd-options.ts";

export interface ConfigSources {
  /** Path of fleet.conf. */
  readonly file: string;
  /** True when the user named the file: then it must exist. */
  readonly required: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Options from the command line; they win over everything. */
  readonly overrides?: Readonly<Partial<Record<OptionName, string>>>;
}

interface Setting {
  readonly value: string;
  /** Where it stands, for messages: "/etc/fleet/fleet.conf line 3". */
  readonly origin: string;
}

/** Characters of a value in a message. */
const MOST_SHOWN = 200;

/**
 * Reads fleetd's configuration: the command line wins over `FLEET_<OPTION>` in the environment, that
 * over the file (fleet's order), and the file over the defaults.
 * @throws ConfigError naming the option, the file and line or the variable, and the fix.
 */
export async function loadConfig(sources: ConfigSources): Promise<FleetdConfig> {
  const settings = new Map([
    ...fromFile(sources.file, await textOf(sources)),
    ...fromEnvironment(sources.environment),
    ...fromOverrides(sources.overrides ?? {}),
  ]);
  const result = fleetdOptions.safeParse(Object.fromEntries([...settings].map(([name, { value }]) => [name, value])));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0]);
  const setting = settings.get(name);
  throw new ConfigError(
    `${setting?.origin ?? "configuration"}: ${name}="${shown(setting?.value ?? "")}" ${issue?.message ?? "is not valid"}.`,
  );
}

/** A long value's beginning is enough to know it by. */
function shown(value: string): string {
  return value.length > MOST_SHOWN ? `${value.slice(0, MOST_SHOWN)}…` : value;
}

async function textOf({ file, required }: ConfigSources): Promise<string> {
  const content = await contentOf(file, required);
  if (!isUtf8(content)) throw new ConfigError(`${file} is no configuration file: it is not UTF-8 text.`);
  return content.toString("utf8");
}

async function contentOf(file: string, required: boolean): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code, errno = 0 } = error as NodeJS.ErrnoException;
    if (!required && code === "ENOENT") return Buffer.alloc(0);
    throw new ConfigError(`The configuration file ${file} cannot be read: ${getSystemErrorMessage(errno)}.`, {
      cause: error,
    });
  }
}

function fromFile(file: string, text: string): [string, Setting][] {
  const lines = text.split(/\r?\n/);
  const at = (matches: (line: string) => boolean): string => `${file} line ${lines.findLastIndex(matches) + 1}`;
  const keyOf = (line: string): string => line.split("=", 1)[0]?.trim() ?? "";
  const unusable = lines.findIndex((line) => /^\s*\[/.test(line));
  if (unusable >= 0)
    throw new ConfigError(
      `${file} line ${unusable + 1}: fleet.conf has no sections; remove ${lines[unusable]?.trim() ?? ""}.`,
    );
  // The parser leaves such a line out.
  const left = lines.findIndex((line) => /^\s*["']?__proto__\b/.test(line));
  if (left >= 0) requireKnown("__proto__", `${file} line ${left + 1}`);
  return Object.entries(parse(text)).map(([name, value]) => {
    const origin = at((line) => keyOf(line) === name);
    requireKnown(name, origin);
    // A key without "=" reads as true, and so do the words true and false with it.
    const bare = lines.some((line) => line.trim() === name);
    if (bare) throw new ConfigError(`${origin}: ${name} needs a value, as in ${name}=VALUE.`);
    return [name, { value: String(value), origin }];
  });
}

/** What differs in more letters was not meant. */
const MOST_TYPOS = 4;

function requireKnown(name: string, origin: string): void {
  if ((optionNames as readonly string[]).includes(name)) return;
  const nearest = closest(name, optionNames);
  const hint = distance(name, nearest) <= MOST_TYPOS ? `the nearest is "${nearest}"` : "fleet.conf(5) lists them";
  throw new ConfigError(`${origin}: there is no option "${name}"; ${hint}.`);
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
