import type { inspectionRoutes } from "../../contract/v2/inspection-routes.ts";
import { v2Routes } from "../../contract/v2/routes.ts";
import type { ApiContext } from "../context.ts";
import { getHealth } from "../health/health.ts";
import { actOnUnit } from "./act.ts";
import { bind, type BoundRoute } from "./bound-route.ts";
import { listSockets, listTimers } from "./triggers.ts";
import { unitJournal, unitProperties, unitStatuses } from "./inspect.ts";

/** Binds the routes that reach units on their machines. */
export function boundInspection(context: ApiContext): Record<keyof typeof inspectionRoutes | "getHealth", BoundRoute> {
  return {
    getUnitStatus: bind(context, v2Routes.getUnitStatus, (request) => unitStatuses(context, request)),
    getUnitJournal: bind(context, v2Routes.getUnitJournal, (request) => unitJournal(context, request)),
    getUnitProperties: bind(context, v2Routes.getUnitProperties, (request) => unitProperties(context, request)),
    getHealth: bind(context, v2Routes.getHealth, ({ signal }) => getHealth(context, signal)),
    listTimers: bind(context, v2Routes.listTimers, (request) => listTimers(context, request)),
    listSockets: bind(context, v2Routes.listSockets, (request) => listSockets(context, request)),
    actOnUnit: bind(context, v2Routes.actOnUnit, (request) => actOnUnit(context, request)),
  };
}
