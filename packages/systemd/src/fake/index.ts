export { FakeSystemd } from "./fake-systemd.ts";
export { FakeUnitManager } from "./fake-unit-manager.ts";
