import * as z from "zod";
import type { Verb } from "@flotilla/access";
import type { ErrorId } from "../error-ids.ts";
import { limits } from "../limits.ts";
import { accessRoutes } from "./access-routes.ts";
import { v2Endpoints, type V2Operation } from "./endpoints.ts";
import { unitEntity } from "./entities.ts";
import { healthRoutes } from "./health.ts";
import { inspectionRoutes } from "./inspection-routes.ts";
import { machineRoutes } from "./machine-routes.ts";
import { planningRoutes } from "./planning-routes.ts";
import { operatingRoutes } from "./operating-routes.ts";
import * as requests from "./requests.ts";
import { eventRoutes } from "./event-routes.ts";
import { type Answer, json, type Route } from "./route.ts";
import { runRoutes } from "./run-routes.ts";
import { secretRoutes } from "./secret-routes.ts";
import { watchEvent } from "./watch-event.ts";

const READ: readonly Verb[] = ["read"];
const STORE: readonly Verb[] = ["store"];

/** What a request that puts a unit may do. */
export const PUT_UNIT_VERBS: readonly Verb[] = ["submit", "start", "load", "stop", "unload", "restart"];

export const commonErrors = [
  "unauthenticated",
  "forbidden",
  "bad-query",
  "internal",
  "busy",
  "store-unavailable",
  "unavailable",
] as const satisfies ErrorId[];

const text: Answer<z.ZodString> = { type: "text/plain", schema: z.string() };

export const v2Routes = {
  listUnits: {
    ...v2Endpoints.listUnits,
    needs: READ,
    summary: "List units, sorted by name.",
    params: requests.noParams,
    query: requests.unitsQuery,
    body: requests.noBody,
    answers: { 200: json(requests.unitsPage) },
    errors: ["bad-page-token"],
  },
  getUnit: {
    ...v2Endpoints.getUnit,
    needs: READ,
    summary: "Show a unit.",
    params: requests.nameParams,
    query: requests.noQuery,
    body: requests.noBody,
    answers: { 200: json(unitEntity) },
    errors: ["unit-not-found", "unit-unreadable"],
  },
  getUnitFile: {
    ...v2Endpoints.getUnitFile,
    needs: READ,
    summary: "Return the submitted unit file, byte for byte.",
    params: requests.nameParams,
    query: requests.noQuery,
    body: requests.noBody,
    answers: { 200: text },
    errors: ["unit-not-found", "unit-unreadable"],
  },
  putUnit: {
    ...v2Endpoints.putUnit,
    needs: PUT_UNIT_VERBS,
    summary: "Submit a unit, set its desired state, or both. An instance of a known template needs no file.",
    params: requests.nameParams,
    query: requests.noQuery,
    body: requests.putUnitBody,
    bodyLimit: limits.unitBodyBytes,
    answers: { 200: json(requests.putUnitAnswer), 201: json(requests.putUnitAnswer) },
    errors: [
      "bad-json",
      "bad-request",
      "bad-unit-name",
      "bad-unit-file",
      "bad-requirements",
      "template-not-runnable",
      "unit-not-found",
      "unit-unreadable",
      "conflict",
      "dependency-cycle",
      "dependency-conflict",
      "body-too-large",
      "unit-file-too-large",
      "unsupported-media-type",
    ],
  },
  destroyUnit: {
    ...v2Endpoints.destroyUnit,
    needs: ["destroy"],
    summary: "Stop a unit and remove it from the cluster.",
    params: requests.nameParams,
    query: requests.noQuery,
    body: requests.noBody,
    answers: { 204: null },
    errors: ["unit-not-found", "conflict"],
  },
  ...inspectionRoutes,
  ...healthRoutes,
  ...planningRoutes,
  ...runRoutes,
  listStates: {
    ...v2Endpoints.listStates,
    needs: READ,
    summary: "List the state of each unit on each machine, sorted by unit and machine.",
    params: requests.noParams,
    query: requests.statesQuery,
    body: requests.noBody,
    answers: { 200: json(requests.statesPage) },
    errors: ["bad-page-token", "machine-not-found", "ambiguous-machine"],
  },
  listMachines: {
    ...v2Endpoints.listMachines,
    needs: READ,
    summary: "List the machines in the cluster, sorted by ID.",
    params: requests.noParams,
    query: requests.machinesQuery,
    body: requests.noBody,
    answers: { 200: json(requests.machinesPage) },
    errors: ["bad-page-token"],
  },
  ...machineRoutes,
  ...operatingRoutes,
  releaseHold: {
    ...v2Endpoints.releaseHold,
    needs: ["release-hold"],
    summary: "End a mass-loss hold.",
    params: requests.noParams,
    query: requests.noQuery,
    body: requests.noBody,
    answers: { 200: json(requests.releaseHoldAnswer) },
    errors: [],
  },
  getBackup: {
    ...v2Endpoints.getBackup,
    needs: READ,
    summary: "Return all units with their files and desired states, and all machine settings.",
    params: requests.noParams,
    query: requests.noQuery,
    body: requests.noBody,
    answers: { 200: json(requests.backupAnswer) },
    errors: [],
  },
  ...secretRoutes,
  getStore: {
    ...v2Endpoints.getStore,
    needs: READ,
    summary: "Show the cluster's store, and the latest move to another one.",
    params: requests.noParams,
    query: requests.noQuery,
    body: requests.noBody,
    answers: { 200: json(requests.storeAnswer) },
    errors: [],
  },
  moveStore: {
    ...v2Endpoints.moveStore,
    needs: STORE,
    summary: "Move the cluster to another store. The answer comes before the move; getStore shows its progress.",
    params: requests.noParams,
    query: requests.noQuery,
    body: requests.moveStoreBody,
    answers: { 200: json(requests.storeAnswer) },
    errors: ["bad-json", "bad-request", "store-move-refused", "body-too-large", "unsupported-media-type"],
  },
  getStoreBackup: {
    ...v2Endpoints.getStoreBackup,
    needs: STORE,
    summary: "Return a copy of the embedded store's database, which holds the key of the cluster's authority.",
    params: requests.noParams,
    query: requests.noQuery,
    body: requests.noBody,
    answers: { 200: { type: "application/vnd.sqlite3", schema: z.string().meta({ format: "binary" }) } },
    errors: ["no-store-backup"],
  },
  watch: {
    ...v2Endpoints.watch,
    needs: READ,
    summary: "Stream every change from a revision on, one JSON object a line.",
    params: requests.noParams,
    query: requests.watchQuery,
    body: requests.noBody,
    answers: { 200: { type: "application/x-ndjson", schema: watchEvent } },
    errors: ["compacted", "slow-reader"],
  },
  ...eventRoutes,
  ...accessRoutes,
  getOpenApi: {
    ...v2Endpoints.getOpenApi,
    needs: READ,
    summary: "Return this document.",
    params: requests.noParams,
    query: requests.noQuery,
    body: requests.noBody,
    answers: { 200: json(z.record(z.string(), z.unknown())) },
    errors: [],
  },
  getVersion: {
    ...v2Endpoints.getVersion,
    needs: READ,
    summary: "Show the version and machine of the answering daemon, and the leader.",
    params: requests.noParams,
    query: requests.noQuery,
    body: requests.noBody,
    answers: { 200: json(requests.versionAnswer) },
    errors: [],
  },
} as const satisfies Record<V2Operation, Route>;

/** The successful answer of an operation. */
export type AnswerOf<K extends V2Operation> = (typeof v2Routes)[K]["answers"] extends { readonly 200: Answer<infer S> }
  ? z.output<S>
  : (typeof v2Routes)[K]["answers"] extends { readonly 201: Answer<infer S> }
    ? z.output<S>
    : undefined;
