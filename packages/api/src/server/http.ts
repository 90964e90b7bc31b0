/** The parts of the server that need neither the router nor the schemas, so that a daemon without an API stays small. */
export { ACTION_LIMIT_MS, V2_BASE, v2Endpoints } from "../contract/v2/endpoints.ts";
export { limits } from "../contract/limits.ts";
export { createHttpServer, createHttpsServer } from "./http-server.ts";
export { OwnCluster, type OwnClusterOptions } from "./own-cluster.ts";
export {
  type ActionReport,
  type AuditReader,
  AuditUnreadableError,
  type JournalRequest,
  type LocalAudit,
  MachineUnreachableError,
  type SecretWriter,
  STATUS_UNKNOWN,
  StoreBackupError,
  type StoreKeeper,
  type StoreReport,
  TokenNeededError,
  type MachineProbe,
  type PropertiesReport,
  type SocketReport,
  type StatusReport,
  type TimerReport,
  type UnitAction,
  type UnitInspector,
  type UnitOperator,
} from "./ports.ts";
export { unavailableMessage } from "./unavailable.ts";
