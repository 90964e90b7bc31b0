export type { Entrance, EntranceHandler } from "./access/entrance.ts";
export type { AccessObserver, AccessRecord } from "./access/guard.ts";
export { ACTION_LIMIT_MS } from "../contract/v2/endpoints.ts";
export { limits } from "../contract/limits.ts";
export { type Api, type ApiOptions, createApi, type RequestObserver } from "./create-api.ts";
export { fixedStore } from "./fixed-store.ts";
export { createHttpServer, createHttpsServer } from "./http-server.ts";
export {
  type ActionReport,
  type JournalRequest,
  MachineUnreachableError,
  STATUS_UNKNOWN,
  StoreBackupError,
  type StoreKeeper,
  type StoreReport,
  type StatusReport,
  type UnitAction,
  type UnitInspector,
  type UnitOperator,
} from "./ports.ts";
export { unavailableMessage } from "./unavailable.ts";
