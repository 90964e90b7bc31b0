import { type UnitType, parseUnitName } from "@flotilla/unit";

/**
 * False for a template, which has no instance to load, and for the types that systemd has dropped: one such
 * name makes systemd refuse a whole listing.
 */
export function isLoadable(name: string): boolean {
  const { type, isTemplate } = parseUnitName(name);
  return !isTemplate && type !== "busname" && type !== "snapshot";
}

/** The interface with the properties of a unit's own type: org.freedesktop.systemd1.Service for x.service. */
export function typeInterface(name: string): string {
  const { type } = parseUnitName(name);
  return type.charAt(0).toUpperCase() + type.slice(1);
}

/** True if units of this type have a Result property (org.freedesktop.systemd1(5)). */
export function hasResult(name: string): boolean {
  return RESULT_TYPES.has(parseUnitName(name).type);
}

const RESULT_TYPES: ReadonlySet<UnitType> = new Set<UnitType>([
  "automount",
  "mount",
  "path",
  "scope",
  "service",
  "socket",
  "swap",
  "timer",
]);
