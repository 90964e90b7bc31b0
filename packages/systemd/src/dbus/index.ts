export type { DbusUnitManager } from "./dbus-unit-manager.ts";
export { type DbusUnitManagerOptions, openDbusUnitManager } from "./open.ts";
