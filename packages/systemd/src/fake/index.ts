export type { FakeBehaviour } from "./fake-behaviour.ts";
export { FakeSystemd, type FakeSystemdOptions } from "./fake-systemd.ts";
export type { FakeUnit } from "./fake-unit.ts";
export { FakeUnitManager } from "./fake-unit-manager.ts";
