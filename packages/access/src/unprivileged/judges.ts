import { isSecretsSocket, parseBoolean, parseUnitName } from "@flotilla/unit";
import { knownText } from "../known-text.ts";
import { isWithin } from "../scope.ts";
import { privilegedPrefix } from "./exec-line.ts";
import type { Judge, OptionPlace } from "./problem.ts";

/** Passive targets of systemd.special(7): their start stops nothing and runs nothing that is not running already. */
const PASSIVE_TARGETS = [
  ...["basic.target", "local-fs.target", "multi-user.target", "network-online.target", "network.target"],
  ...["nss-lookup.target", "nss-user-lookup.target", "paths.target", "remote-fs.target", "sockets.target"],
  ...["sysinit.target", "time-set.target", "time-sync.target", "timers.target"],
];

export const exec: Judge = (line) =>
  privilegedPrefix(line) === undefined
    ? undefined
    : 'begin each command with its path, without "+", "!", "|", quotes and backslashes';

/** A user of the host may be any of its services or people, so only those that the token names are accepted. */
export const user: Judge = (value, { scope }) => {
  if (scope.users.includes(value)) return undefined;
  const users = scope.users.length > 0 ? `one of ${scope.users.join(", ")}` : "no user, with DynamicUser=yes";
  return `name ${users}`;
};

export const yes: Judge = (value) => (parseBoolean(value) === true ? undefined : "write yes");

export const nothing: Judge = (value) => (value === "" ? undefined : "remove the option");

export const positive: Judge = (value) => (/^\+?\d+$/.test(value) ? undefined : "write a number from 0");

export function oneOf(...words: readonly string[]): Judge {
  return (value) => (value === "" || words.includes(value) ? undefined : `write ${words.join(" or ")}`);
}

/** Standard streams: systemd opens a file as root. */
export const stream: Judge = (value) =>
  /^(?:null|inherit|journal|socket|data|fd(?::[\w.-]+)?)?$/.test(value)
    ? undefined
    : "write journal, null, inherit, socket, data or fd:NAME";

/** systemd reads the file as root. This file is the one that every user may read. */
export const environmentFile: Judge = (value) =>
  /^-?\/etc\/environment$/.test(value) || value === "" ? undefined : "use Environment=, or /etc/environment";

/** A secret of the cluster. A name alone is a credential of the host, and another path would be read as root. */
export const credential: Judge = (value) => {
  const colon = value.indexOf(":");
  if (value === "" || (colon > 0 && isSecretsSocket(value.slice(colon + 1)))) return undefined;
  return "name a secret of the cluster: LoadCredential=NAME:/run/fleet/secrets.sock";
};

/** systemd creates the directory, or takes over an existing one, for the unit's user. */
export const ownDirectory: Judge = (value, { unit }) => {
  const { prefix } = parseUnitName(unit);
  const stem = unit.slice(0, unit.lastIndexOf("."));
  const own = ["%p", "%N", prefix, stem];
  const isOwn = (path: string): boolean => {
    const [first = "", ...rest] = path.split("/");
    return own.includes(first) && rest.every((part) => /^[\w@%.-]+$/.test(part) && !/^\.+$/.test(part));
  };
  return value.split(/[ \t]+/).every((path) => path === "" || isOwn(path))
    ? undefined
    : `name directories below ${prefix} (or %p)`;
};

/** Units that the unit starts, stops or binds. */
export const ownUnits: Judge = (value, place) => unitsBut([], value, place);

/** Units that the unit starts: its own, and targets that are up on every host. */
export const startedUnits: Judge = (value, place) => unitsBut(PASSIVE_TARGETS, value, place);

/** Targets that pull the unit in. */
export const targets: Judge = (value, place) =>
  value.split(/[ \t]+/).every((word) => word === "" || word.endsWith(".target") || isOwnUnit(word, place))
    ? undefined
    : "name targets only, such as multi-user.target";

function unitsBut(allowed: readonly string[], value: string, place: OptionPlace): string | undefined {
  const words = value.split(/[ \t]+/).filter((word) => word !== "" && !allowed.includes(word));
  if (words.every((word) => isOwnUnit(word, place))) return undefined;
  return `name only units that match ${place.scope.units.join(", ")}`;
}

/** Whether the unit, or each unit that the word may become, is within the scope. */
function isOwnUnit(word: string, { unit, scope }: OptionPlace): boolean {
  return !/["'\\]/.test(word) && isWithin(scope.units, knownText(word, unit));
}

/** The lowest port that needs no privilege (ip(7), ip_unprivileged_port_start). */
const FIRST_FREE_PORT = 1024;

/** systemd binds as root: a low port may be another service's, and a path may be anywhere. */
export const port: Judge = (value) => {
  if (value === "") return undefined;
  const digits = /^(?:\[[0-9a-f:.]+\]:|[0-9.]+:)?(\d{1,5})$/i.exec(value)?.[1];
  return Number(digits) >= FIRST_FREE_PORT ? undefined : `listen on a port from ${FIRST_FREE_PORT}`;
};
