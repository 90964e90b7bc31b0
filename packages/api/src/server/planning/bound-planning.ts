import type { planningRoutes } from "../../contract/v2/planning-routes.ts";
import { v2Routes } from "../../contract/v2/routes.ts";
import type { ApiContext } from "../context.ts";
import { bind, type BoundRoute } from "../v2/bound-route.ts";
import { explainUnit } from "./explain-unit.ts";
import { planUnits } from "./plan-units.ts";

/** Binds the routes that show what the scheduler thinks. */
export function boundPlanning(context: ApiContext): Record<keyof typeof planningRoutes, BoundRoute> {
  return {
    explainUnit: bind(context, v2Routes.explainUnit, (request) => explainUnit(context, request)),
    planUnits: bind(context, v2Routes.planUnits, (request) => planUnits(context, request)),
  };
}
