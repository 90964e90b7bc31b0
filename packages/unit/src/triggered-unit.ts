import { parseBoolean } from "./boolean.ts";
import { isUnitName, splitUnitName } from "./name.ts";
import { assignedValues, readableValues } from "./option-values.ts";
import { expandNameSpecifiers } from "./specifier.ts";
import type { UnitOption } from "./unit-file.ts";

/**
 * The unit that a timer, path, socket or automount activates: the one that its section names, else the service of the
 * same name; of an automount, always the mount of the same name. Undefined for other units, and for a socket with
 * Accept=yes, which starts an instance of a template for each connection.
 *
 * systemd takes the first Unit= of a timer or path (systemd.timer(5), systemd.path(5)) and the last Service= of a
 * socket (systemd.socket(5)), and passes over what is no unit's name.
 *
 * @param name the unit's name, for the rule of the same name and for specifiers.
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

/** Whether units of this name's type activate others. */
export function isTrigger(name: string): boolean {
  return ["timer", "path", "socket", "automount"].includes(splitUnitName(name).suffix);
}

/** Whether a socket's options have Accept=yes: an instance of its template for each connection (systemd.socket(5)). */
export function acceptsEach(options: readonly UnitOption[]): boolean {
  const isBoolean = (value: string): boolean => parseBoolean(value) !== undefined;
  return parseBoolean(readableValues(options, "Socket", "Accept", isBoolean).at(-1) ?? "") === true;
}
