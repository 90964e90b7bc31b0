import { homedir } from "node:os";
import { UsageError } from "../command-error.ts";
import { parseGoBoolean } from "./go-boolean.ts";

/** fleet's global flags; the one for etcd is taken so that scripts go on working. */
export interface GlobalFlags {
  /** One or more, in order of preference. */
  readonly endpoints: readonly string[];
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly tunnel: string | undefined;
  readonly sshUsername: string;
  readonly sshTimeoutMs: number;
  readonly strictHostKeyChecking: boolean;
  readonly knownHostsFile: string;
  /** How long one request may take, milliseconds. */
  readonly requestTimeoutMs: number;
  readonly debug: boolean;
  readonly driver: string;
}

export interface GlobalFlag {
  readonly name: string;
  /** What stands for the value in the help; none for a boolean flag. */
  readonly value?: string;
  readonly fallback?: string;
  readonly help: string;
}

export const globalFlagTable = [
  {
    name: "endpoint",
    value: "URL",
    fallback: "unix:///var/run/fleet.sock",
    help: "fleetd's socket or address; several, separated by commas, are tried in order",
  },
  { name: "ca-file", value: "FILE", help: "certificate authority that https:// endpoints are checked against" },
  { name: "cert-file", value: "FILE", help: "client certificate for https:// endpoints" },
  { name: "key-file", value: "FILE", help: "key of the client certificate" },
  { name: "request-timeout", value: "SECONDS", fallback: "3", help: "how long one request may take; 0: no limit" },
  { name: "debug", help: "tell more on stderr, such as where an error came from" },
  { name: "driver", value: "NAME", fallback: "API", help: "API; fleet's etcd driver is not offered" },
  { name: "tunnel", value: "HOST[:PORT]", help: "reach the endpoint through this host, by SSH" },
  { name: "ssh-username", value: "NAME", fallback: "core", help: "user to log in as" },
  { name: "ssh-timeout", value: "SECONDS", fallback: "10", help: "how long an SSH connection may take" },
  { name: "strict-host-key-checking", fallback: "true", help: "check the keys of SSH hosts" },
  {
    name: "known-hosts-file",
    value: "FILE",
    fallback: "~/.fleetctl/known_hosts",
    help: "where the keys of SSH hosts are kept",
  },
  { name: "etcd-key-prefix", value: "PREFIX", help: "taken, without effect: fleetd has it in its configuration" },
] as const satisfies readonly GlobalFlag[];

/** Older names of fleet's for some of them, which count after the others. */
export const DEPRECATED_NAMES: Readonly<Record<string, string>> = {
  "ca-file": "etcd-cafile",
  "cert-file": "etcd-certfile",
  "key-file": "etcd-keyfile",
};

/** What was given on the command line, by the flag's name in camelCase. */
type Given = Readonly<Record<string, string | boolean | undefined>>;

type FlagName = (typeof globalFlagTable)[number]["name"];

/**
 * A flag that was given counts before its variable in the environment, FLEETCTL_ and the flag's name in capitals
 * with `_` for `-`; an empty variable is none, as in fleet.
 *
 * @param given by the flag's name in camelCase.
 * @throws UsageError naming the flag or variable whose value cannot be.
 */
export function readGlobalFlags(given: Given, variables: Readonly<Record<string, string | undefined>>): GlobalFlags {
  const read = (name: FlagName): Setting => settingOf(name, given, variables);
  // What has no default is empty by default in fleet, and scripts say so with variables that may be empty.
  const textOf = (name: FlagName): string | undefined => read(name).text || undefined;
  const boolean = (name: FlagName): boolean => booleanOf(read(name));
  const home = variables["HOME"] || homedir();
  return {
    endpoints: endpointsOf(read("endpoint")),
    caFile: textOf("ca-file"),
    certFile: textOf("cert-file"),
    keyFile: textOf("key-file"),
    tunnel: textOf("tunnel"),
    sshUsername: read("ssh-username").text ?? "core",
    sshTimeoutMs: limitOf(read("ssh-timeout")),
    strictHostKeyChecking: boolean("strict-host-key-checking"),
    knownHostsFile: (read("known-hosts-file").text ?? "").replace(/^~(?=\/)/, home),
    requestTimeoutMs: requestTimeoutOf(read("request-timeout")),
    debug: boolean("debug"),
    driver: read("driver").text ?? "API",
  };
}

interface Setting {
  readonly text: string | undefined;
  /** Where it was set, for messages. */
  readonly source: string;
}

function settingOf(name: FlagName, given: Given, variables: Readonly<Record<string, string | undefined>>): Setting {
  const deprecated = DEPRECATED_NAMES[name];
  const names = deprecated === undefined ? [name] : [name, deprecated];
  for (const flag of names) {
    const value = given[flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())];
    if (value !== undefined) return { text: String(value), source: `--${flag}` };
  }
  const variable = names.map(variableOf).find((one) => variables[one]) ?? variableOf(name);
  const row: GlobalFlag | undefined = globalFlagTable.find((flag) => flag.name === name);
  return { text: variables[variable] || row?.fallback, source: variable };
}

export function variableOf(name: string): string {
  return `FLEETCTL_${name.toUpperCase().replaceAll("-", "_")}`;
}

function booleanOf({ text = "false", source }: Setting): boolean {
  const value = parseGoBoolean(text);
  if (value === undefined) throw new UsageError(`${source}=${text} is neither true nor false.`);
  return value;
}

/** 24 days, milliseconds: longer than any request, and with room below the longest timer that node has (24.8 days). */
const LONGEST_MS = 24 * 24 * 3_600_000;

/** 0 is no limit, as in fleet. */
function requestTimeoutOf(setting: Setting): number {
  return secondsIn(setting) === 0 ? LONGEST_MS : limitOf(setting);
}

function limitOf(setting: Setting): number {
  const seconds = secondsIn(setting);
  if (Number.isFinite(seconds) && seconds > 0) return Math.min(seconds * 1000, LONGEST_MS);
  throw new UsageError(`${setting.source}=${setting.text} is no number of seconds above 0: give one such as 3 or 0.5.`);
}

/** For JavaScript, blanks are a zero. */
function secondsIn({ text = "" }: Setting): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

function endpointsOf({ text = "", source }: Setting): readonly string[] {
  const endpoints = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  if (endpoints.length === 0)
    throw new UsageError(`${source} names no endpoint: give one such as unix:///run/fleet.sock.`);
  return endpoints;
}
