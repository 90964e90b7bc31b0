import type { Client } from "@flotilla/api/client";

/** The methods of the API client that commands use. */
export type ClusterClient = Pick<
  Client,
  | "actOnUnit"
  | "createToken"
  | "destroyUnit"
  | "editMachineMetadata"
  | "forgetMachineMetadata"
  | "getBackup"
  | "getHold"
  | "getStore"
  | "getStoreBackup"
  | "getUnit"
  | "getUnitFile"
  | "getUnitJournal"
  | "getUnitStatus"
  | "listMachines"
  | "listStates"
  | "listUnits"
  | "moveStore"
  | "putUnit"
  | "releaseHold"
  | "removeMachine"
  | "watch"
>;
