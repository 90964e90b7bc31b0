import { parseBoolean } from "./boolean.ts";
import { isUnitName, splitUnitName } from "./name.ts";
import { assignedValues, readableValues } from "./option-values.ts";
import { expandNameSpecifiers } from "./specifier.ts";
import type { UnitOption } from "./unit-file.ts";

/**
 * Returns the unit that a timer, path, socket or automount activates: the unit in Unit= or Service=, by default the
 * service of the same name. An automount activates the mount of the same name. Returns undefined for other units, and
 * for a socket with Accept=yes, which starts an instance for each connection.
 *
 * systemd uses the first Unit= of a timer or path (systemd.timer(5), systemd.path(5)) and the last Service= of a socket
 * (systemd.socket(5)). systemd ignores values that are not unit names.
 *
 * @param name the unit's name, for the default and for specifiers.
 */
export function triggeredUnitOf(name: string, options: readonly UnitOption[]): string | undefined {
  const { stem, suffix } = splitUnitName(name);
  const named = (section: string, option: string): readonly string[] =>
    assignedValues(options, section, option)
      .map((value) => expandNameSpecifiers(value, name))
      .filter(isUnitName);
  const sameName = `${stem}.service`;
  switch (suffix) {
    case "timer":
      return named("Timer", "Unit")[0] ?? sameName;
    case "path":
      return named("Path", "Unit")[0] ?? sameName;
    case "socket":
      if (acceptsEach(options)) return undefined;
      return named("Socket", "Service").findLast((unit) => unit.endsWith(".service")) ?? sameName;
    case "automount":
      return `${stem}.mount`;
    default:
      return undefined;
  }
}

/** Tells whether a unit of this name is a trigger. */
export function isTrigger(name: string): boolean {
  return ["timer", "path", "socket", "automount"].includes(splitUnitName(name).suffix);
}

/** Tells whether a socket has Accept=yes, which starts a service instance for each connection (systemd.socket(5)). */
export function acceptsEach(options: readonly UnitOption[]): boolean {
  const isBoolean = (value: string): boolean => parseBoolean(value) !== undefined;
  return parseBoolean(readableValues(options, "Socket", "Accept", isBoolean).at(-1) ?? "") === true;
}
