export { type JournalRequest, readJournal } from "./journal.ts";
export type { JobResult, KillRequest, ManagedUnit, UnitControl, UnitManager } from "./port.ts";
export { ReaderError } from "./reader-error.ts";
export { readStatus, type StatusOptions, type UnitStatus } from "./status.ts";
export {
  HostUnitError,
  NO_SUCH_UNIT,
  UnitManagerRefusedError,
  UnitManagerTimeoutError,
  UnitManagerUnavailableError,
} from "./unit-manager-error.ts";
