import { homedir } from "node:os";
import { booleanOf, endpointsOf, limitOf, requestTimeoutOf, type Setting } from "./flag-values.ts";

/** fleet's global flags, and --context. The flag for etcd is accepted so that existing scripts work. */
export interface GlobalFlags {
  /** The flags that the command line or a variable sets to a value, each with the flag or variable that does. */
  readonly given: ReadonlyMap<FlagName, string>;
  /** The value of --context: a name, names separated by commas, or `all`. */
  readonly context: string | undefined;
  /** At least one, in order of preference. */
  readonly endpoints: readonly string[];
  readonly caFile: string | undefined;
  /** The CA certificate of a context in PEM; undefined with `caFile`. */
  readonly ca: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  /** A token, or `@FILE`. */
  readonly token: string | undefined;
  readonly tunnel: string | undefined;
  readonly sshUsername: string;
  readonly sshTimeoutMs: number;
  readonly strictHostKeyChecking: boolean;
  readonly knownHostsFile: string;
  /** Limit for one request, in milliseconds. */
  readonly requestTimeoutMs: number;
  readonly debug: boolean;
  /** Listings print what fleet's fleetctl printed. */
  readonly compat: boolean;
  readonly driver: string;
}

export interface GlobalFlag {
  readonly name: string;
  /** Placeholder of the value in the help; absent for a boolean flag. */
  readonly value?: string;
  readonly fallback?: string;
  readonly help: string;
}

export const globalFlagTable = [
  {
    name: "context",
    value: "NAME",
    help: "saved context to use instead of the current one; listings and status take several, separated by commas, or all",
  },
  {
    name: "endpoint",
    value: "URL",
    fallback: "unix:///var/run/fleet.sock",
    help: "fleetd's socket or address; several, separated by commas, are tried in order",
  },
  { name: "ca-file", value: "FILE", help: "CA certificate that verifies https:// endpoints" },
  { name: "cert-file", value: "FILE", help: "client certificate for https:// endpoints" },
  { name: "key-file", value: "FILE", help: "private key of the client certificate" },
  {
    name: "token",
    value: "TOKEN",
    help: "token that says what you may do, or @FILE; a file or the variable keeps it out of the list of processes",
  },
  { name: "request-timeout", value: "SECONDS", fallback: "3", help: "time limit of one request; 0 means no limit" },
  { name: "debug", help: "print the stack trace of an error on stderr" },
  {
    name: "compat",
    help: "print listings as fleet's fleetctl does, without the rows and columns that fleet does not have",
  },
  { name: "driver", value: "NAME", fallback: "API", help: "API; fleet's etcd driver is not supported" },
  { name: "tunnel", value: "HOST[:PORT]", help: "connect to the endpoint through an SSH tunnel to this host" },
  { name: "ssh-username", value: "NAME", fallback: "core", help: "user name for SSH" },
  { name: "ssh-timeout", value: "SECONDS", fallback: "10", help: "time limit for opening an SSH connection" },
  { name: "strict-host-key-checking", fallback: "true", help: "verify the keys of SSH hosts" },
  {
    name: "known-hosts-file",
    value: "FILE",
    fallback: "~/.fleetctl/known_hosts",
    help: "file with the known keys of SSH hosts",
  },
  { name: "etcd-key-prefix", value: "PREFIX", help: "accepted without effect: fleetd's configuration has the prefix" },
] as const satisfies readonly GlobalFlag[];

/** fleet's older names of some flags. The current name takes precedence. */
export const DEPRECATED_NAMES: Readonly<Record<string, string>> = {
  "ca-file": "etcd-cafile",
  "cert-file": "etcd-certfile",
  "key-file": "etcd-keyfile",
};

/** The flags of the command line, by name in camelCase. */
type Given = Readonly<Record<string, string | boolean | undefined>>;

export type FlagName = (typeof globalFlagTable)[number]["name"];

/**
 * Reads each flag from the command line, else from its variable: FLEETCTL_ and the flag's name in capitals with `_` for
 * `-`. As in fleet, an empty variable counts as unset.
 *
 * @param given by the flag's name in camelCase.
 * @throws UsageError for an invalid value, naming the flag or variable.
 */
export function readGlobalFlags(given: Given, variables: Readonly<Record<string, string | undefined>>): GlobalFlags {
  const read = (name: FlagName): Setting => settingOf(name, given, variables);
  // An empty value means unset, as in fleet: scripts pass variables that may be empty.
  const textOf = (name: FlagName): string | undefined => read(name).text || undefined;
  const boolean = (name: FlagName): boolean => booleanOf(read(name));
  const home = variables["HOME"] || homedir();
  const settings = globalFlagTable.map(({ name }) => [name, read(name)] as const);
  return {
    given: new Map(settings.flatMap(([name, { text, source, isGiven }]) => (isGiven && text ? [[name, source]] : []))),
    context: textOf("context"),
    endpoints: endpointsOf(read("endpoint")),
    caFile: textOf("ca-file"),
    ca: undefined,
    certFile: textOf("cert-file"),
    keyFile: textOf("key-file"),
    token: textOf("token"),
    tunnel: textOf("tunnel"),
    sshUsername: read("ssh-username").text ?? "core",
    sshTimeoutMs: limitOf(read("ssh-timeout")),
    strictHostKeyChecking: boolean("strict-host-key-checking"),
    knownHostsFile: (read("known-hosts-file").text ?? "").replace(/^~(?=\/)/, home),
    requestTimeoutMs: requestTimeoutOf(read("request-timeout")),
    debug: boolean("debug"),
    compat: boolean("compat"),
    driver: read("driver").text ?? "API",
  };
}

function settingOf(name: FlagName, given: Given, variables: Readonly<Record<string, string | undefined>>): Setting {
  const deprecated = DEPRECATED_NAMES[name];
  const names = deprecated === undefined ? [name] : [name, deprecated];
  for (const flag of names) {
    const value = given[flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())];
    if (value !== undefined) return { text: String(value), source: `--${flag}`, isGiven: true };
  }
  const variable = names.map(variableOf).find((one) => variables[one]) ?? variableOf(name);
  const row: GlobalFlag | undefined = globalFlagTable.find((flag) => flag.name === name);
  return { text: variables[variable] || row?.fallback, source: variable, isGiven: Boolean(variables[variable]) };
}

export function variableOf(name: string): string {
  return `FLEETCTL_${name.toUpperCase().replaceAll("-", "_")}`;
}
