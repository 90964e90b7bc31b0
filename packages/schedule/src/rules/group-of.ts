import type { Unit } from "@flotilla/model";

/** The template of an instance, such as `web@.service` of `web@1.service`; undefined for other units. */
export function templateOf(name: string): string | undefined {
  const at = name.indexOf("@");
  return at < 0 ? undefined : name.slice(0, at + 1) + name.slice(name.lastIndexOf("."));
}

/**
 * The group that a unit counts in, for SpreadBy= and MaxPerMachine=: the instances of its template. A unit that is no
 * instance is in a group with those that have the same SpreadBy=. Undefined for other units.
 */
export function groupOf({ name, requirements: { spreadBy } }: Unit): string | undefined {
  return templateOf(name) ?? (spreadBy.length > 0 ? spreadBy.join(" ") : undefined);
}

/** Units of a group, as people see them: "2 other instances of web@.service". */
export function membersText(count: number, { name }: Unit): string {
  const template = templateOf(name);
  const number = count === 0 ? "no" : String(count);
  const ending = count === 1 ? "" : "s";
  if (template === undefined) return `${number} other unit${ending} with its SpreadBy`;
  return `${number} other instance${ending} of ${template}`;
}
