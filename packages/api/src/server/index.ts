export { type Api, type ApiOptions, createApi, type RequestObserver } from "./create-api.ts";
export {
  type ClusterReader,
  type ClusterSource,
  type JournalRequest,
  MachineUnreachableError,
  type StatusReport,
  type UnitInspector,
} from "./ports.ts";
