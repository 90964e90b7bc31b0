export type { JobResult, ManagedUnit, UnitManager } from "./port.ts";
export {
  HostUnitError,
  UnitManagerRefusedError,
  UnitManagerTimeoutError,
  UnitManagerUnavailableError,
} from "./unit-manager-error.ts";
