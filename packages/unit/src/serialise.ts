import type { UnitOption } from "./unit-file.ts";

/**
 * Formats options as a unit file in the layout of go-systemd's `unit.Serialize`: sections in order of first appearance,
 * separated by a blank line. fleet hashes this text, so no byte of the layout may change.
 *
 * Values are written unchanged. Parsing the result returns the same options, grouped by section.
 */
export function serialiseOptions(options: readonly UnitOption[]): string {
  const sections = Map.groupBy(options, (option) => option.section);
  return Array.from(sections, ([section, own]) => `[${section}]\n${own.map(assignment).join("")}`).join("\n");
}

function assignment(option: UnitOption): string {
  return `${option.name}=${option.value}\n`;
}
