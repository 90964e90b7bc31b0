import type { Client } from "@flotilla/api/client";

/** The methods of the API client that commands use. */
export type ClusterClient = Pick<
  Client,
  | "actOnUnit"
  | "createToken"
  | "destroyUnit"
  | "deleteSecret"
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
  | "listSecrets"
  | "listStates"
  | "listUnits"
  | "moveStore"
  | "putSecret"
  | "putUnit"
  | "readAudit"
  | "releaseHold"
  | "removeMachine"
  | "watch"
>;
