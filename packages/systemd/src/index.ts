export { type EntriesRequest, type JournalFields, readEntries } from "./journal-entries.ts";
export { checkPattern, readJournal } from "./journal.ts";
export { PROPERTY_NAME, readProperties, type ShownProperty } from "./show.ts";
export type {
  JobReach,
  JobResult,
  ManagedUnit,
  SocketFacts,
  TimerFacts,
  TriggerReader,
  UnitControl,
  UnitManager,
} from "./port.ts";
export type { RunFacts } from "./run.ts";
export { notingOrigin, startedFrom } from "./started-from.ts";
export { clusterUnits, readStatus } from "./status.ts";
export {
  HostUnitError,
  NameTakenError,
  NO_SUCH_UNIT,
  ProcessesLeftError,
  UNIT_MASKED,
  UnitManagerRefusedError,
  UnitManagerTimeoutError,
  UnitManagerUnavailableError,
} from "./unit-manager-error.ts";
