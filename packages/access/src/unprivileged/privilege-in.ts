import {
  acceptsEach,
  joinContinuations,
  parseBoolean,
  parseUnitName,
  triggeredUnitOf,
  type UnitOption,
  type UnitType,
} from "@flotilla/unit";
import type { DeployerScope } from "../caller.ts";
import { isWithin, matchesAny } from "../scope.ts";
import { CONDITION, HARMLESS, SANDBOX } from "./harmless-options.ts";
import { judgeOf } from "./judged-options.ts";
import type { Problem } from "./problem.ts";

/**
 * The types of units without power over their host. Mounts, automounts, swaps and devices act as root; a slice limits
 * other units.
 */
const TYPES = ["service", "socket", "timer", "path", "target"];

/**
 * The admission rule `unprivileged`: returns the first part of a unit file that may act on its host as more than a
 * process of an unprivileged user; undefined if there is none.
 *
 * Options are refused unless they are known to be harmless. Each assignment is judged, not only the last one, so that
 * the order of assignments does not matter.
 */
export function privilegeIn(name: string, options: readonly UnitOption[], scope: DeployerScope): Problem | undefined {
  const { type } = parseUnitName(name);
  if (!TYPES.includes(type))
    return { cause: `a ${type} unit acts on its host as root`, fix: `submit a ${TYPES.join(", ")} unit` };
  const own = type.charAt(0).toUpperCase() + type.slice(1);
  for (const option of options) {
    const problem = privilegeOf(option, own, { unit: name, scope });
    if (problem) return problem;
  }
  return type === "service"
    ? (asRoot(options) ?? deceivesSetuid(options))
    : startsOthers(options, { unit: name, scope });
}

function privilegeOf(
  { section, name, value }: UnitOption,
  own: string,
  place: { readonly unit: string; readonly scope: DeployerScope },
): Problem | undefined {
  // systemd ignores sections whose names begin with X- (systemd.unit(5)).
  if (section.startsWith("X-")) return undefined;
  if (section !== "Unit" && section !== "Install" && section !== own)
    return { cause: `[${section}] is no section of ${place.unit}`, fix: "remove the section" };
  if (HARMLESS.get(section)?.has(name) || (section === "Unit" && CONDITION.test(name))) return undefined;
  const judge = judgeOf(section, name);
  const cause = `${name}= in [${section}] `;
  if (!judge) return { cause: `${cause}may act on the host`, fix: `remove ${name}=` };
  const advice = judge(joinContinuations(value), place);
  return advice === undefined ? undefined : { cause: `${cause}may act on the host with this value`, fix: advice };
}

/** Without User= or DynamicUser=, a service runs as root. Each assignment of both was judged already. */
function asRoot(options: readonly UnitOption[]): Problem | undefined {
  const isSet = options.some(
    ({ section, name }) => section === "Service" && (name === "User" || name === "DynamicUser"),
  );
  return isSet
    ? undefined
    : { cause: "a service without User= runs as root", fix: "write DynamicUser=yes in [Service]" };
}

/**
 * A program with the set-user-ID bit, such as sudo, trusts what it sees and that its system calls succeed. A process of an
 * ordinary user cannot change that for such a program: the kernel wants no_new_privs (prctl(2)) first. systemd, as root,
 * does not. DynamicUser= implies NoNewPrivileges=.
 */
function deceivesSetuid(options: readonly UnitOption[]): Problem | undefined {
  const own = options.filter(({ section }) => section === "Service");
  const sandboxed = own.find(({ name }) => name !== NO_NEW_PRIVILEGES && SANDBOX.has(name));
  if (!sandboxed || own.some(({ name }) => name === "DynamicUser")) return undefined;
  const values = own.filter(({ name }) => name === NO_NEW_PRIVILEGES).map(({ value }) => joinContinuations(value));
  if (values.length > 0 && values.every((value) => parseBoolean(value) === true)) return undefined;
  return {
    cause: `${sandboxed.name}= in [Service] may deceive programs that run as root for the unit's user, such as sudo`,
    fix: `write ${NO_NEW_PRIVILEGES}=yes in [Service]`,
  };
}

const NO_NEW_PRIVILEGES = "NoNewPrivileges";

/** A timer, path or socket without Unit= or Service= starts the service of its own name, or instances for connections. */
function startsOthers(
  options: readonly UnitOption[],
  place: { readonly unit: string; readonly scope: DeployerScope },
): Problem | undefined {
  const { type, prefix } = parseUnitName(place.unit);
  if (type === "target") return undefined;
  const started = (triggeredUnitOf(place.unit, options) ?? `${prefix}@.service`).replace("@.", "@*.");
  const { units } = place.scope;
  // A name may have backslashes, which a glob reads as escapes.
  if (started.includes("*") ? isWithin(units, started) : matchesAny(units, started)) return undefined;
  return {
    cause: `${place.unit} starts ${started}, which does not match ${units.join(", ")}`,
    fix: fixOf(type, options),
  };
}

function fixOf(type: UnitType, options: readonly UnitOption[]): string {
  if (type !== "socket") return `write Unit= in [${type === "timer" ? "Timer" : "Path"}]`;
  return acceptsEach(options) ? "remove Accept= from [Socket]" : "write Service= in [Socket]";
}
