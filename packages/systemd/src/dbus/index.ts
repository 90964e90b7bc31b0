export type { DbusUnitManager } from "./dbus-unit-manager.ts";
export { openDbusUnitManager } from "./open.ts";
export type { OwnUnit } from "./units/own-unit.ts";
