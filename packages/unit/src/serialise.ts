import type { UnitOption } from "./unit-file.ts";

/**
 * Lays options out as a unit file, in the layout of go-systemd's `unit.Serialize`: sections in order of
 * first appearance, a blank line between them. fleet hashes this text, so no byte of it may change.
 *
 * Values are written as they are; parsing the result gives the same options, grouped by section.
 */
export function serialiseOptions(options: readonly UnitOption[]): string {
  const sections = Map.groupBy(options, (option) => option.section);
  return Array.from(sections, ([section, own]) => `[${section}]\n${own.map(assignment).join("")}`).join("\n");
}

function assignment(option: UnitOption): string {
  return `${option.name}=${option.value}\n`;
}
