import { type UnitType, parseUnitName } from "@flotilla/unit";

/**
 * Whether systemd can load a unit of this name. It cannot load a template or a unit of a type that it has dropped, and
 * one such name makes it refuse a whole listing.
 */
export function isLoadable(name: string): boolean {
  const { type, isTemplate } = parseUnitName(name);
  return !isTemplate && type !== "busname" && type !== "snapshot";
}

/** The last part of the interface with the properties of a unit's type: "Service" for x.service. */
export function typeInterface(name: string): string {
  const { type } = parseUnitName(name);
  return type.charAt(0).toUpperCase() + type.slice(1);
}

/** Whether units of this type have a Result property (org.freedesktop.systemd1(5)). */
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
