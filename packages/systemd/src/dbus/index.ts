export type { DbusUnitManager } from "./dbus-unit-manager.ts";
export { openDbusUnitManager } from "./open.ts";
export type { OwnUnit } from "./own-unit.ts";
