export {
  describeMachine,
  describeMachines,
  hasFailed,
  isOver,
  isRunning,
  isStarted,
  type MachineNames,
  machinesNamed,
  shortMachineID,
} from "@flotilla/model";
export { Client, openClient } from "./client.ts";
export { ApiError } from "./client-error.ts";
export { linesOf } from "./lines.ts";
export { type FleetMachine, FleetReader, type FleetUnit } from "./fleet-reader.ts";
export type { ErrorId } from "../contract/error-ids.ts";
export { signalNumber } from "../contract/signal-number.ts";
export { EVENT_KINDS } from "@flotilla/model";
export type { EventEntity, EventLine, EventsAnswer, EventsQuery, WatchEventsQuery } from "../contract/v2/events.ts";
export type { AuditAnswer, AuditEntry } from "../contract/v2/audit.ts";
export type {
  CanIAnswer,
  CreateTokenAnswer,
  CreateTokenBody,
  TokenEntity,
  WhoAmIAnswer,
} from "../contract/v2/access-entities.ts";
export type {
  AttemptEntity,
  AwayMachineEntity,
  HoldEntity,
  MachineEntity,
  MachineFacts,
  TroubleEntity,
  UnitEntity,
  UnitPlace,
  UnitStateEntity,
} from "../contract/v2/entities.ts";
export type {
  Backup,
  SecretsAnswer,
  StoreAnswer,
  PutUnitAnswer,
  PutUnitBody,
  SocketsAnswer,
  TimersAnswer,
  UnitActionBody,
  UnitActionResult,
  UnitProperties,
  UnitStatus,
  VersionAnswer,
} from "../contract/v2/requests.ts";
export type { Explanation, MachineName, PlanAnswer, PlanBody, PlannedUnit } from "../contract/v2/planning.ts";
export type { EditMetadataBody } from "../contract/v2/machine-requests.ts";
export type { RunEntity, StartedRun } from "../contract/v2/runs.ts";
export type {
  DrainReport,
  MoveUnitAnswer,
  RebalanceAnswer,
  UnitOnDrained,
  UpkeepAnswer,
} from "../contract/v2/operating.ts";
export type { HealthAnswer, HealthFinding } from "../contract/v2/health.ts";
export type { RotationAnswer } from "../contract/v2/rotation.ts";
export type { ClientToken } from "./transport.ts";
export type { WatchEvent } from "../contract/v2/watch-event.ts";
