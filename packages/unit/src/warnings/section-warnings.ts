import type { UnitType } from "../name.ts";
import { X_FLEET_SECTION } from "../x-fleet.ts";
import { nearest } from "./nearest.ts";
import { sectionsOf, SYSTEMD_OPTIONS } from "./systemd-options.ts";

/** Returns why a section has no effect in a unit of this type; undefined if systemd or the cluster reads the section. */
export function sectionWarning(section: string, type: UnitType): string | undefined {
  if (section === X_FLEET_SECTION || sectionsOf(type).includes(section)) return undefined;
  if (isNearlyXFleet(section)) return `[${section}] has no effect; write [${X_FLEET_SECTION}]`;
  // systemd ignores X- sections without a warning, so that other programs can use them.
  if (section.startsWith("X-")) return undefined;
  if (SYSTEMD_OPTIONS.has(section)) {
    return `[${section}] has no effect in a ${type}; systemd reads ${listed(sectionsOf(type))}`;
  }
  const meant = nearest(section.trim(), sectionsOf(type)) ?? nearest(section.trim(), SYSTEMD_OPTIONS.keys());
  const fix = meant === undefined ? `use ${listed(sectionsOf(type))}` : `write [${meant}]`;
  return `[${section}] is an unknown section, and its options have no effect; ${fix}`;
}

function isNearlyXFleet(section: string): boolean {
  return section.replaceAll(/[^A-Za-z]/g, "").toLowerCase() === "xfleet";
}

function listed(sections: readonly string[]): string {
  const shown = sections.map((section) => `[${section}]`);
  return `${shown.slice(0, -1).join(", ")} and ${shown.at(-1) ?? ""}`;
}
