export type { Entrance, EntranceHandler } from "./access/entrance.ts";
export { certificateCaller } from "./access/client-certificate.ts";
export { limits } from "../contract/limits.ts";
export { type Api, type ApiOptions, createApi, type RequestObserver } from "./create-api.ts";
export type { AccessObserver, AccessRecord } from "./access/guard.ts";
export { fixedStore } from "./fixed-store.ts";
export { noSecrets } from "./no-secrets.ts";
export type { AuditAnswer, AuditQuery, RecordedEntry } from "../contract/v2/audit.ts";
export * from "./http.ts";
