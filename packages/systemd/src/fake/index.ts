export type { FakeBehaviour } from "./fake-behaviour.ts";
export { FakeSystemd, type FakeSystemdOptions, type FakeUnit } from "./fake-systemd.ts";
export { FakeUnitManager } from "./fake-unit-manager.ts";
