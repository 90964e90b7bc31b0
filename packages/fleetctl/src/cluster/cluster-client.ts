import type { Client } from "@flotilla/api/client";

/** What the commands use of the API's client. */
export type ClusterClient = Pick<
  Client,
  | "actOnUnit"
  | "destroyUnit"
  | "editMachineMetadata"
  | "forgetMachineMetadata"
  | "getBackup"
  | "getHold"
  | "getUnit"
  | "getUnitFile"
  | "getUnitJournal"
  | "getUnitStatus"
  | "listMachines"
  | "listStates"
  | "listUnits"
  | "putUnit"
  | "releaseHold"
  | "watch"
>;
