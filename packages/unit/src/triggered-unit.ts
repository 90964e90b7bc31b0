import { splitUnitName } from "./name.ts";
import { optionValues } from "./option-values.ts";
import { parseBoolean } from "./boolean.ts";
import { expandSpecifiers } from "./specifier.ts";
import type { UnitOption } from "./unit-file.ts";

/**
 * The unit that a timer, path or socket activates: the one that its section names, else the service of the same
 * name. Undefined for other units, and for a socket with Accept=yes, which starts an instance of a template for
 * each connection.
 *
 * systemd takes the first Unit= of a timer or path (systemd.timer(5), systemd.path(5)) and the last Service= of a
 * socket (systemd.socket(5)).
 *
 * @param name the unit's name, for the rule of the same name and for specifiers.
 */
export function triggeredUnitOf(name: string, options: readonly UnitOption[]): string | undefined {
  const { stem, suffix } = splitUnitName(name);
  const named = namedBy(suffix, options);
  if (named === "none") return undefined;
  return named.value === undefined ? `${stem}.service` : expandSpecifiers(named.value, name);
}

/** Whether units of this name's type activate others. */
export function isTrigger(name: string): boolean {
  return ["timer", "path", "socket"].includes(splitUnitName(name).suffix);
}

function namedBy(suffix: string, options: readonly UnitOption[]): { readonly value: string | undefined } | "none" {
  switch (suffix) {
    case "timer":
      return { value: optionValues(options, "Timer", "Unit")[0] };
    case "path":
      return { value: optionValues(options, "Path", "Unit")[0] };
    case "socket": {
      const accept = optionValues(options, "Socket", "Accept").at(-1);
      if (accept !== undefined && parseBoolean(accept) === true) return "none";
      return { value: optionValues(options, "Socket", "Service").at(-1) };
    }
    default:
      return "none";
  }
}
