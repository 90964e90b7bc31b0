export type { UnitKind, UnitManagerHarness } from "./harness.ts";
export { unitManagerContract } from "./unit-manager-contract.ts";
