export { type ErrorId, errorStatus } from "./error-ids.ts";
export {
  type MachineV1,
  patchMachinesBodyV1,
  putUnitBodyV1,
  type UnitOptionV1,
  type UnitStateV1,
  type UnitV1,
} from "./v1/entities.ts";
export * from "./v2/audit.ts";
export { REVISION_HEADER, V2_BASE, v2Endpoints, type V2Operation } from "./v2/endpoints.ts";
export {
  desiredState,
  type MachineEntity,
  type MachineFacts,
  type UnitEntity,
  unitEntity,
  type UnitPlace,
  type UnitStateEntity,
} from "./v2/entities.ts";
export { type ErrorAnswer, errorAnswer, type ErrorBody } from "./v2/error.ts";
export * from "./v2/requests.ts";
export type { Answer, Route } from "./v2/route.ts";
export { commonErrors, v2Routes } from "./v2/routes.ts";
export { type WatchEvent, type WatchLine } from "./v2/watch-event.ts";
