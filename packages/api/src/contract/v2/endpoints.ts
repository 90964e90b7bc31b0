/**
 * The base path of v2. Methods and paths are separate from the schemas, so that the client loads without a schema
 * library.
 */
export const V2_BASE = "/fleet/v2";

/**
 * How long an action on a unit may take before the answer reports it as under way, milliseconds. The limit exceeds
 * systemd's default of 90 s for stopping a unit.
 */
export const ACTION_LIMIT_MS = 100_000;

/** How long the servers may take to search their journals for the audit, milliseconds. */
export const AUDIT_LIMIT_MS = 10_000;

/** The header with the store revision of a read or a write. */
export const REVISION_HEADER = "fleet-revision";

export const v2Endpoints = {
  listUnits: { method: "GET", path: "/units" },
  getUnit: { method: "GET", path: "/units/{name}" },
  getUnitFile: { method: "GET", path: "/units/{name}/file" },
  putUnit: { method: "PUT", path: "/units/{name}" },
  destroyUnit: { method: "DELETE", path: "/units/{name}" },
  getUnitStatus: { method: "GET", path: "/units/{name}/status" },
  listRuns: { method: "GET", path: "/units/{name}/runs" },
  startRun: { method: "POST", path: "/units/{name}/runs" },
  actOnUnit: { method: "POST", path: "/units/{name}/actions" },
  explainUnit: { method: "GET", path: "/units/{name}/explanation" },
  planUnits: { method: "POST", path: "/plan" },
  getUnitJournal: { method: "GET", path: "/units/{name}/journal" },
  getUnitProperties: { method: "GET", path: "/units/{name}/properties" },
  getHealth: { method: "GET", path: "/health" },
  listTimers: { method: "GET", path: "/timers" },
  listSockets: { method: "GET", path: "/sockets" },
  listStates: { method: "GET", path: "/states" },
  listMachines: { method: "GET", path: "/machines" },
  removeMachine: { method: "DELETE", path: "/machines/{id}" },
  editMachineMetadata: { method: "PATCH", path: "/machines/{id}/metadata" },
  forgetMachineMetadata: { method: "DELETE", path: "/machines/{id}/metadata" },
  cordonMachine: { method: "PUT", path: "/machines/{id}/cordon" },
  uncordonMachine: { method: "DELETE", path: "/machines/{id}/cordon" },
  drainMachine: { method: "PUT", path: "/machines/{id}/drain" },
  undrainMachine: { method: "DELETE", path: "/machines/{id}/drain" },
  getDrain: { method: "GET", path: "/machines/{id}/drain" },
  moveUnit: { method: "POST", path: "/units/{name}/move" },
  rebalance: { method: "POST", path: "/rebalance" },
  releaseHold: { method: "POST", path: "/hold/release" },
  getBackup: { method: "GET", path: "/backup" },
  listSecrets: { method: "GET", path: "/secrets" },
  putSecret: { method: "PUT", path: "/secrets/{name}" },
  deleteSecret: { method: "DELETE", path: "/secrets/{name}" },
  getStore: { method: "GET", path: "/store" },
  moveStore: { method: "POST", path: "/store/move" },
  getStoreBackup: { method: "GET", path: "/store/backup" },
  getRotation: { method: "GET", path: "/authority/rotation" },
  beginRotation: { method: "POST", path: "/authority/rotation" },
  endRotation: { method: "POST", path: "/authority/rotation/end" },
  readAudit: { method: "GET", path: "/audit" },
  watch: { method: "GET", path: "/watch" },
  listEvents: { method: "GET", path: "/events" },
  watchEvents: { method: "GET", path: "/events/watch" },
  listTokens: { method: "GET", path: "/tokens" },
  createToken: { method: "POST", path: "/tokens" },
  revokeToken: { method: "DELETE", path: "/tokens/{token}" },
  canI: { method: "GET", path: "/can-i" },
  whoAmI: { method: "GET", path: "/whoami" },
  getAuthority: { method: "GET", path: "/authority" },
  getOpenApi: { method: "GET", path: "/openapi.json" },
  getVersion: { method: "GET", path: "/version" },
} as const satisfies Record<string, Endpoint>;

export interface Endpoint {
  readonly method: "GET" | "PUT" | "POST" | "DELETE" | "PATCH";
  /** The path below the base; braces mark a parameter of one percent-encoded segment. */
  readonly path: string;
}

export type V2Operation = keyof typeof v2Endpoints;
