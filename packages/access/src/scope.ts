import { globMatcher } from "@flotilla/unit";
import type { DeployerScope } from "./caller.ts";

export const ADMISSION_RULES = ["unprivileged"] as const;

export type AdmissionRule = (typeof ADMISSION_RULES)[number];

export function matchesAny(globs: readonly string[], name: string): boolean {
  return globs.some((glob) => globMatcher(glob)(name));
}

/**
 * Tells whether every name that `pattern` matches also matches one of the globs. May return false for a pattern that
 * is within them, never true for one that is not: a glob without `?`, `[` and `\` that matches the pattern's own text
 * covers each wildcard of the pattern by a star.
 */
export function isWithin(globs: readonly string[], pattern: string): boolean {
  if (/[[\\/]/.test(pattern)) return globs.includes(pattern);
  if (!/[*?]/.test(pattern)) return matchesAny(globs, pattern);
  return globs.some((glob) => glob === pattern || (!/[?[\\]/.test(glob) && globMatcher(glob)(pattern)));
}

/** A user's name by systemd's strict rules (User/Group Name Syntax); a number is refused, because 0 is root. */
const USER_NAME = /^[a-z_][a-z0-9_-]{0,30}$/i;

/**
 * Returns why a scope cannot be granted; undefined if it can.
 *
 * A unit with DynamicUser= gets the user of its name, which may be one of the host (systemd.exec(5)), and its
 * directories may be those of its name. So under `unprivileged` each pattern must begin with text: whoever creates the
 * token then knows which names it owns.
 */
export function scopeProblem({ units, users, admit }: DeployerScope): string | undefined {
  if (units.length === 0) return "a deployer needs the patterns of its units; name them, such as web*";
  const open = units.find((glob) => /^[*?[\\]/.test(glob));
  if (admit && open !== undefined)
    return (
      `the pattern ${JSON.stringify(open)} begins with a wildcard, so it has the names of the host's own users and ` +
      "directories, which systemd gives to a unit of that name; begin each pattern with letters, such as web*"
    );
  const bad = users.find((user) => !USER_NAME.test(user) || user.toLowerCase() === "root");
  if (bad !== undefined)
    return `${JSON.stringify(bad)} cannot be a user of unprivileged units; give the name of a user other than root`;
  if (users.length > 0 && !admit) return "users have an effect only under an admission rule; add unprivileged";
  return undefined;
}
